"""RS485 at the byte: the driver is on for every bit of the request and off for every bit of the reply."""

import random
from typing import Any

import esp32_bench
import pytest
from fake_chip import chip
from machine import UART
from machine_uart import Rs485Wire
from simulated_time import clock

from evse.hal.esp32 import now
from evse.hal.esp32.rs485 import Rs485Port
from evse.services import meter_types
from evse.services.metering import Metering
from modbus import codes
from modbus.crc import append_crc

DIRECTION = 22
WIRING = {
    "uart": 1,
    "tx_pin": 21,
    "rx_pin": 23,
    "direction_pin": DIRECTION,
    "transmit_level": 1,
    "baud": 9600,
}


@pytest.fixture(autouse=True)
def fresh_chip(monkeypatch):
    esp32_bench.begin(monkeypatch)


def meter_answer(request):
    """Answer like a meter: registers that hold their own number."""
    count = 2 * request[5]
    reply = bytearray(5 + count)
    reply[0:3] = bytes((request[0], request[1], count))
    for index in range(3, 3 + count):
        reply[index] = index & 0x3F
    append_crc(reply, 3 + count)
    return bytes(reply)


def make(answer=meter_answer, delay_us=5000, **changes):
    wiring = dict(WIRING, **changes)
    wire = Rs485Wire(wiring["direction_pin"], answer, delay_us)
    chip.wires[1] = wire
    return Rs485Port(wiring), wire


def request_bytes(count=12):
    frame = bytearray((11, 4, 0, 6, 0, count, 0, 0))
    append_crc(frame, 6)
    return frame


def collect(port, duration_ms, step_us=5000):
    """Poll as the meter task does; return what was received."""
    received = bytearray()
    chunk = memoryview(bytearray(64))
    for _ in range(duration_ms * 1000 // step_us):
        count = port.read_into(chunk)
        while count:
            received += chunk[:count]
            count = port.read_into(chunk)
        clock.advance(step_us)
    return bytes(received)


@pytest.mark.parametrize("delay_ms", [2, 3, 4, 5, 7, 10, 15, 20, 30, 50])
def test_no_byte_is_lost_at_9600(delay_ms):
    port, wire = make(delay_us=delay_ms * 1000)
    request = request_bytes()
    begin_us = clock.now_us
    port.write(request, len(request))
    write_us = clock.now_us - begin_us
    assert collect(port, 150) == meter_answer(request)
    assert wire.requests == [bytes(request)]
    assert (wire.cut, wire.lost) == (0, 0)
    assert write_us < 100


def test_no_byte_is_lost_while_others_hold_the_loop():
    """1000 requests; Python slices of 20 ms (interruptible), collections of 2 ms (not), polls 1 to 30 ms apart."""
    port, wire = make()
    chance = random.Random(3)
    chunk = memoryview(bytearray(64))
    worst_us = 0
    for _ in range(1000):
        request = request_bytes(chance.choice((1, 2, 6, 12, 20, 40)))
        # 3.5 characters of silence are what the standard asks of every device.
        wire.delay_us = chance.randint(3650, 50000)
        expected = meter_answer(request)
        received = bytearray()
        port.write(request, len(request))
        sent_us = clock.now_us + 8 * 1042 + 60
        released_us = 0
        while len(received) < len(expected) and clock.now_us < sent_us + 400000:
            clock.advance(chance.randint(1000, 20000))
            clock.block(chance.choice((0, 0, 500, 2000)))
            count = port.read_into(chunk)
            while count:
                received += chunk[:count]
                count = port.read_into(chunk)
            if not released_us and not port.is_sending:
                released_us = chip.gpio(DIRECTION).changed_us
        assert bytes(received) == expected
        worst_us = max(worst_us, released_us - sent_us)
    assert (wire.cut, wire.lost) == (0, 0)
    print("RS485: 1000 requests, released at most %d us after the last stop bit" % worst_us)
    assert worst_us < 3000


def test_release_without_disturbance_is_within_half_a_millisecond():
    port, _ = make()
    port.write(request_bytes(), 8)
    end_us = clock.now_us + 8 * 1042 + 60
    clock.advance(20000)
    assert not port.is_sending
    assert 0 <= chip.gpio(DIRECTION).changed_us - end_us < 500


def test_nothing_holds_the_loop_for_two_milliseconds(monkeypatch):
    port, _ = make()
    worst_us = 0
    chunk = memoryview(bytearray(64))
    spans = []
    original = port._on_timer

    def timed(timer):
        begin_us = clock.now_us
        original(timer)
        spans.append(clock.now_us - begin_us)

    monkeypatch.setattr(port, "_on_timer_bound", timed)
    for _ in range(50):
        begin_us = clock.now_us
        port.write(request_bytes(), 8)
        worst_us = max(worst_us, clock.now_us - begin_us)
        for _ in range(40):
            clock.advance(5000)
            begin_us = clock.now_us
            port.read_into(chunk)
            worst_us = max(worst_us, clock.now_us - begin_us)
    print("RS485: longest call %d us, longest callback %d us" % (worst_us, max(spans)))
    assert worst_us < 2000 and max(spans) < 2000


def test_a_uart_that_starts_late_is_waited_for(monkeypatch):
    monkeypatch.setattr("machine_uart._START_DELAY_US", 1700)
    port, wire = make(delay_us=4000)
    port.write(request_bytes(), 8)
    assert collect(port, 150) == meter_answer(request_bytes())
    assert (wire.cut, wire.lost) == (0, 0)


def test_a_uart_that_never_ends_does_not_hold_the_bus(monkeypatch):
    port, _ = make()
    monkeypatch.setattr(UART, "txdone", lambda self: False)
    port.write(request_bytes(), 8)
    clock.advance(50000)
    assert not port.is_sending
    assert chip.gpio(DIRECTION).level() == 0


def test_poll_releases_where_the_timer_was_lost(monkeypatch):
    port, _ = make()
    monkeypatch.setattr(chip.timers[0], "_fire", lambda: None)
    port.write(request_bytes(), 8)
    chip.timers[0].deinit()
    clock.advance(20000)
    assert port.is_sending
    port.read_into(memoryview(bytearray(8)))
    assert not port.is_sending


def test_a_frame_behind_another_is_sent_whole():
    port, wire = make(answer=lambda request: None)
    port.write(request_bytes(), 8)
    clock.advance(3000)
    port.write(request_bytes(2), 8)
    clock.advance(30000)
    assert wire.requests == [bytes(request_bytes()), bytes(request_bytes(2))]
    assert wire.cut == 0 and not port.is_sending


def test_the_driver_is_off_before_the_first_request():
    port, _ = make()
    assert chip.gpio(DIRECTION).level() == 0
    assert not port.is_sending
    assert [level for _, level in chip.gpio(DIRECTION).history] == []


def test_transceiver_that_turns_by_itself():
    port, wire = make(direction_pin=None)
    port.write(request_bytes(), 8)
    assert collect(port, 150) == meter_answer(request_bytes())
    assert (wire.cut, wire.lost) == (0, 0)


@pytest.mark.parametrize("baud", [2400, 9600, 19200, 38400, 115200])
def test_baud_rates(baud):
    port, wire = make(baud=baud, delay_us=2500)
    port.write(request_bytes(), 8)
    assert collect(port, 400) == meter_answer(request_bytes())
    assert (wire.cut, wire.lost) == (0, 0)


def test_longest_frame():
    port, wire = make(answer=lambda request: None)
    wire._request_bytes = 256
    frame = bytearray(range(256))
    port.write(frame, 256)
    clock.advance(300000)
    assert wire.requests == [bytes(frame)]
    assert not port.is_sending


class PortClock:
    """The clock of the fake chip."""

    def ticks_ms(self) -> int:
        return now.ms()


class NoStation:
    """Takes everything a meter says and keeps nothing."""

    uptime_s = 0

    def __getattr__(self, name):
        return self

    def __call__(self, *values):
        return None


def test_a_meter_is_polled_over_the_port():
    """The real metering over the wire for a minute: every reading arrives, nothing fails."""
    port, wire = make(answer=meter_answer, delay_us=20000)
    station: Any = NoStation()
    board_clock: Any = PortClock()
    metering = Metering(port, station, board_clock)
    metering.configure(mains=(0, 10), circuit=(0, 13), ev=(meter_types.EASTRON_3P, 11))
    end_us = clock.now_us + 60000000
    while clock.now_us < end_us:
        metering.step(now.ms())
        clock.advance(5000)
    assert metering.ev.readings >= 59
    assert metering.ev.errors == 0
    assert (wire.cut, wire.lost) == (0, 0)
    assert metering.ev.last_result == codes.OK


def test_when_the_first_byte_of_a_reply_reaches_python():
    """Figures for the choice of time-outs: the driver keeps bytes until 120 wait or ten characters are silent."""
    for registers in (2, 12, 40, 60, 80, 120):
        port, _ = make(delay_us=50000)
        request = request_bytes(registers)
        port.write(request, 8)
        sent_us = clock.now_us + 8 * 1042
        while not port._uart.any():
            clock.advance(1000)
        print(
            "%3d registers, device takes 50 ms: first byte after %d ms"
            % (registers, (clock.now_us - sent_us) // 1000)
        )
