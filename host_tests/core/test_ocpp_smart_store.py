"""Charging profiles in flash and in RAM: when they are written, damage, wear, room."""

import os

from ocpp_smart_bench import DAY_S, Bench, moment

from ocpp16.spare import Spare

MAX = "ChargePointMaxProfile"
TX = "TxProfile"


def contents(bench):
    """Return what is installed: id to level, connector, and limits of all periods."""
    found = {}
    buffer = bytearray(224)
    store = bench.store
    for slot in store.order[: store.count]:
        head = store.head(slot)
        limits = []
        for first in range(0, head[3], 32):
            count = store.read(slot, first, buffer)
            limits += [buffer[at * 7 + 4] for at in range(count)]
        found[head[4]] = (head[1], head[2], limits)
    return found


def size(path):
    return os.stat(path)[6]


class Raw:
    """A raw journal: 60 bytes a record, shared with others."""

    payload_bytes = 60

    def __init__(self, free):
        self.free = free
        self.kept = [bytes(60), b"\x5c" * 60]

    def append(self, payload):
        if not self.free:
            return False
        self.free -= 1
        self.kept.append(bytes(payload))
        return True

    def records(self):
        for payload in list(self.kept):
            yield payload


def test_a_profile_of_24_periods_takes_7_bytes_a_period_and_38():
    bench = Bench("size")
    bench.set(periods=[(index * 60, 6 + index) for index in range(24)])
    assert size(bench.path) == 8 + 38 + 7 * 24
    bench.set(number=2, level=1, periods=[(index * 60, 6 + index % 20) for index in range(255)])
    assert size(bench.path) == 8 + 38 + 7 * 24 + 38 + 7 * 255


def test_nothing_is_written_while_charging_and_all_of_it_after():
    bench = Bench("charging")
    bench.set(number=1, level=1, periods=((0, 20),))
    bench.set(number=2, level=2, periods=((0, 21),), duration=30)
    before = size(bench.path)
    bench.charging = True
    for limit in range(6, 30):
        bench.set(number=3, level=3, periods=[(index * 60, limit) for index in range(40)])
        assert bench.amps(100) == limit
    bench.clear(1)
    bench.begin()
    bench.set(number=4, purpose=TX, periods=((0, 8),))
    assert bench.amps() == 8
    assert size(bench.path) == before
    shown = contents(bench)
    assert bench.smart.step(bench.now_s) is False
    bench.charging = False
    bench.settle()
    # Only what is left of it; the new one took the place of the one that went.
    assert size(bench.path) == before + 38 + 40 * 7 + 38 + 7
    assert contents(bench) == shown
    bench.restart()
    assert contents(bench) == shown


def test_without_a_spare_a_restart_while_charging_brings_the_old_state_back():
    bench = Bench("no_spare")
    bench.set(number=1, periods=((0, 20),))
    before = contents(bench)
    bench.charging = True
    bench.set(number=1, periods=((0, 10),))
    bench.set(number=2, level=3, periods=((0, 11),))
    bench.restart()
    assert contents(bench) == before


def test_room_in_ram_is_bounded_and_what_is_refused_changes_nothing():
    bench = Bench("ram", pending_max=2000)
    bench.charging = True
    assert bench.set(number=1, periods=[(index, 10) for index in range(255)]) == "Accepted"
    assert bench.set(number=2, level=1, periods=[(index, 12) for index in range(255)]) == "Rejected"
    assert "while the station is charging" in bench.lines[-1]
    assert bench.set(number=1, periods=[(index, 12) for index in range(255)]) == "Accepted"
    assert bench.amps() == 12
    assert bench.set(number=3, level=1, periods=((0, 9),)) == "Accepted"
    assert bench.store.pending_bytes <= 2000
    # One that would replace two, and does not fit.
    bench.set(number=4, level=2, periods=((0, 7),))
    before = contents(bench)
    bench._options["pending_max"] = 0
    bench.store._pending_max = 100
    assert bench.set(number=4, level=1, periods=((0, 7), (1, 8))) == "Rejected"
    assert contents(bench) == before
    bench.charging = False
    bench.settle()
    bench.restart()
    assert contents(bench) == before


def test_room_in_flash_is_bounded():
    bench = Bench("flash", most_bytes=490)
    assert bench.set(number=1, periods=[(index, 10) for index in range(30)]) == "Accepted"
    assert bench.set(number=2, level=1, periods=[(index, 12) for index in range(30)]) == "Rejected"
    assert bench.amps() == 10
    # In its own place there is room.
    assert bench.set(number=1, periods=[(index, 12) for index in range(60)]) == "Accepted"


def test_the_spare_keeps_what_may_not_be_written():
    bench = Bench("spare")
    raw = Raw(200)
    bench.spare = Spare(raw, 0xC9, 10)
    bench.restart()
    bench.set(number=1, level=1, periods=((0, 20),))
    bench.charging = True
    bench.set(number=2, level=2, periods=[(index * 60, 10 + index % 10) for index in range(255)])
    bench.set(number=3, level=3, periods=((0, 11),))
    bench.clear(1)
    bench.set(number=2, level=3, periods=((0, 13), (60, 14)))
    shown = contents(bench)
    assert sorted(shown) == [2]
    bench.restart()
    assert contents(bench) == shown
    # Written now, it does not come back once more.
    bench.charging = False
    bench.settle()
    bench.clear(2)
    bench.settle()
    bench.restart()
    assert contents(bench) == {}
    bench.charging = True
    bench.set(number=5, periods=((0, 9),))
    bench.restart()
    assert sorted(contents(bench)) == [5]


def test_a_spare_that_is_full_keeps_a_state_that_was():
    for free in range(24):
        bench = Bench("spare_full")
        bench.spare = Spare(Raw(free), 0xC9, 2)
        bench.restart()
        bench.charging = True
        states = [contents(bench)]
        for turn in range(12):
            bench.set(
                number=turn % 5, level=turn % 5, periods=[(index, turn) for index in range(1 + turn * 3)]
            )
            states.append(contents(bench))
        bench.restart()
        assert contents(bench) in states
        assert free < 6 or contents(bench) != states[0]


def test_writes_of_a_restless_back_end_are_bounded():
    bench = Bench("wear")
    writes = []
    append = bench.file.append
    bench.file.append = lambda pieces: writes.append(bench.now_s) or append(pieces)
    for turn in range(3000):
        bench.now_s = moment(turn * 10)
        bench.set(number=1, periods=((0, 6 + turn % 20),))
        bench.smart.step(bench.now_s)
        assert bench.amps(turn * 10) == 6 + turn % 20
    # 32 at first, then one in 200 s.
    assert len(writes) <= 32 + 3000 * 10 // 200 + 1
    bench.now_s += 1000
    bench.settle()
    shown = contents(bench)
    bench.restart()
    assert contents(bench) == shown


def test_the_file_is_written_anew_when_most_of_it_is_dead():
    bench = Bench("anew")
    for turn in range(400):
        bench.now_s += 300
        bench.set(number=turn % 7, level=turn % 7, periods=[(index, turn % 30) for index in range(60)])
        bench.smart.step(bench.now_s)
        assert size(bench.path) < 40000
    bench.settle()
    shown = contents(bench)
    assert len(shown) == 7
    bench.restart()
    assert contents(bench) == shown


def test_changes_while_the_file_is_written_anew():
    seed = 7
    bench = Bench("anew_busy")
    for turn in range(1500):
        seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF
        bench.now_s += 250
        number = seed >> 8 & 15
        if seed >> 12 & 3:
            bench.set(
                number=number, level=seed >> 16 & 15, periods=[(index, turn & 31) for index in range(50)]
            )
        else:
            bench.clear(number)
        bench.charging = seed >> 20 & 3 == 0
        for _ in range(seed >> 22 & 3):
            bench.smart.step(bench.now_s)
    bench.charging = False
    bench.now_s += 10000
    bench.settle()
    shown = contents(bench)
    bench.restart()
    assert contents(bench) == shown and bench.store.damaged == 0
    assert bench.store.write_errors == 0


def test_the_same_again_is_not_written():
    bench = Bench("again")
    daily = {
        "kind": "Recurring",
        "recurrencyKind": "Daily",
        "periods": [(index * 60, 6 + index) for index in range(50)],
    }
    bench.set(**daily)
    bench.set(number=2, level=1, duration=60, startSchedule="2026-02-28T00:00:10Z")
    before = size(bench.path)
    for _ in range(3):
        assert bench.set(**daily) == "Accepted"
        assert bench.set(number=2, level=1, duration=60, startSchedule="2026-02-28T00:00:10Z") == "Accepted"
    assert size(bench.path) == before
    # A schedule that moves is another one, unless it is in its last period for good.
    bench.set(number=2, level=1, duration=60, startSchedule="2026-02-28T00:00:11Z")
    assert size(bench.path) > before
    before = size(bench.path)
    bench.set(number=3, level=2, periods=((0, 6), (60, 8)), startSchedule="2026-02-28T00:00:00Z")
    bench.now_s = moment(100)
    grown = size(bench.path)
    bench.set(number=3, level=2, periods=((0, 6), (60, 8)), startSchedule="2026-02-28T00:00:40Z")
    assert size(bench.path) == grown > before
    bench.set(number=3, level=2, periods=((0, 6), (60, 8)), startSchedule="2026-02-28T00:00:41Z")
    assert size(bench.path) > grown
    assert [bench.amps(100), bench.amps(101)] == [6, 8]


def test_a_write_that_fails_rejects_and_changes_nothing():
    bench = Bench("fails")
    bench.set(number=1, level=1, periods=((0, 20),))
    bench.set(number=2, level=2, periods=((0, 21),), duration=50)
    before = contents(bench)

    def fail(pieces):
        for _ in pieces:
            pass
        raise OSError(28)

    good = bench.file.append
    bench.file.append = fail
    assert bench.set(number=1, level=2, periods=((0, 9),)) == "Rejected"
    assert contents(bench) == before and bench.store.write_errors == 1
    # Removing acts all the same, and is written later.
    bench.clear(1)
    assert sorted(contents(bench)) == [2]
    bench.file.append = good
    bench.settle()
    bench.restart()
    assert sorted(contents(bench)) == [2]


def damaged(bench, at, value=None):
    with open(bench.path, "rb") as file:
        data = bytearray(file.read())
    if value is None:
        data = data[:at]
    else:
        data[at] ^= value
    with open(bench.path, "wb") as file:
        file.write(data)


def test_a_file_that_was_cut_at_any_byte():
    def filled():
        bench = Bench("cut")
        states = [contents(bench)]
        bench.set(number=1, level=1, periods=((0, 20), (60, 21)))
        states.append(contents(bench))
        bench.set(number=2, level=2, periods=((0, 10),))
        states.append(contents(bench))
        bench.set(number=2, level=1, periods=((0, 12),))
        states.append(contents(bench))
        bench.clear(2)
        states.append(contents(bench))
        return bench, states

    bench, states = filled()
    full = size(bench.path)
    seen = []
    for at in range(full):
        bench, states = filled()
        damaged(bench, at)
        bench.restart()
        assert contents(bench) in states and bench.store.damaged == 0
        seen.append(states.index(contents(bench)))
        # And it goes on from there.
        assert bench.set(number=9, level=9, periods=((0, 17),)) == "Accepted"
        bench.settle()
        shown = contents(bench)
        bench.restart()
        assert contents(bench) == shown and 9 in shown, at
    assert seen == sorted(seen) and seen[-1] >= 3


def test_flipped_bits_lose_at_most_what_they_are_in():
    for at in range(8, 150):
        bench = Bench("flip")
        bench.set(number=1, level=1, periods=((0, 20), (60, 21)))
        bench.set(number=2, level=2, periods=((0, 10),), duration=60)
        bench.set(0, number=3, level=3, purpose=MAX, periods=((0, 12),))
        before = contents(bench)
        if at >= size(bench.path):
            break
        damaged(bench, at, 0x40)
        bench.restart()
        after = contents(bench)
        for number in after:
            assert after[number] == before[number], at
        bench.amps(0)
        bench.set(number=9, level=9)
        bench.settle()
        bench.restart()
        assert 9 in contents(bench), at


def test_another_file_is_put_aside():
    bench = Bench("other")
    with open(bench.path, "wb") as file:
        file.write(b"something else of another kind")
    bench.restart()
    assert contents(bench) == {}
    assert size(bench.path + ".damaged") == 30
    assert bench.set(periods=((0, 10),)) == "Accepted"
    bench.restart()
    assert len(contents(bench)) == 1


def test_periods_that_cannot_be_read_count_as_their_lowest():
    bench = Bench("unreadable")
    bench.set(periods=[(index * 60, 10 + index % 20) for index in range(200)])
    bench.restart()
    damaged(bench, 200)
    assert bench.amps(190 * 60) == 10
    assert bench.store.read_errors


def test_a_clock_that_jumps():
    bench = Bench("jumps")
    bench.set(periods=((0, 10), (60, 12), (120, 14)))
    for at, amps in ((0, 10), (61, 12), (59, 10), (10**6, 14), (0, 10), (-1, -1), (125, 14), (119, 12)):
        assert bench.amps(at) == amps
        bench.settle()
    bench.now_s = DAY_S
