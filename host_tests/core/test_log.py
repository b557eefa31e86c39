"""The log: bounded, numbered, with the station's time."""

from evse.log import Log


class Clock:
    uptime_s = 3
    uptime_part_ms = 45


def quiet_log() -> Log:
    log = Log()
    log.echo = False
    return log


def test_lines_have_number_and_time():
    log = quiet_log()
    log.write("before there is a clock")
    log.clock = Clock()
    log.write("state A -> B")
    assert log.since(0) == [(1, 0, "before there is a clock"), (2, 3045, "state A -> B")]
    assert log.since(1) == [(2, 3045, "state A -> B")]
    assert log.since(2) == []


def test_the_oldest_lines_go():
    log = quiet_log()
    for number in range(1000):
        log.write("line %d" % number)
    lines = log.since(0)
    assert 100 < len(lines) < 500
    assert lines[-1] == (1000, 0, "line 999")
    assert [number for number, _, _ in lines] == list(range(1001 - len(lines), 1001))
    assert log.since(990) == lines[-10:]


def test_an_endless_line_is_cut_and_leaves_room_for_others():
    log = quiet_log()
    log.write("first")
    log.write("x" * 5000)
    log.write("last")
    texts = [text for _, _, text in log.since(0)]
    assert texts[0] == "first" and texts[2] == "last"
    assert len(texts[1]) < 200


def test_the_number_wraps():
    log = quiet_log()
    log.sequence = 0x3FFFFFFF
    log.write("a")
    log.write("b")
    assert log.since(0x3FFFFFFF) == [(0, 0, "a"), (1, 0, "b")]
