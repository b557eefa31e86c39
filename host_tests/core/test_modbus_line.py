"""The line in memory that stands for an RS485 bus."""

from meter_bench import Clock

from modbus.ticks import FOREVER_MS
from simworld.bus import InProcessBus


def test_bus_pacing():
    clock = Clock()
    bus = InProcessBus(clock.ticks_ms)
    ends = [bus.attach() for _ in range(3)]
    ends[0].write(bytearray(range(20)), 20)
    view = memoryview(bytearray(64))
    assert ends[1].read_into(view) == 0
    assert ends[1].next_due_ms(clock.now) == 21
    clock.advance(10)
    assert ends[1].read_into(view) == 9
    clock.advance(11)
    assert ends[1].read_into(view) == 11
    assert ends[2].read_into(view) == 20
    assert bytes(view[:20]) == bytes(range(20))
    assert ends[0].read_into(view) == 0
    assert ends[2].next_due_ms(clock.now) == FOREVER_MS


def test_a_speed_that_no_line_has():
    try:
        InProcessBus(Clock().ticks_ms, 10)
    except ValueError as error:
        assert "baud" in str(error)
    else:
        raise AssertionError("baud")
