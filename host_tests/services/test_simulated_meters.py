"""The simulated meters by themselves: what they measure, hold, encode and send."""

import pytest

from bench.meter_bank import MeterBank, float32_bits, integer_bits, put_value
from bench.meter_rack import Device, MeterRack
from evse.services import meter_types
from modbus import codes, registers
from modbus.rtu import RtuClient
from simworld.bus import InProcessBus
from simworld.measuring import Held, Point

VOLTAGES = [2300, 2300, 2300]


def test_energies_go_by_the_sum_of_the_phases():
    point = Point()
    point.flow(10000, -4000, -1000, VOLTAGES)
    assert point.power_w == [2300, -920, -230]
    for _ in range(3600):
        point.count(1000)
    assert (point.energy_import_wh, point.energy_export_wh) == (1150, 0)
    point.flow(-10000, 4000, 1000, VOLTAGES)
    for _ in range(3600):
        point.count(1000)
    assert (point.energy_import_wh, point.energy_export_wh) == (1150, 1150)


def test_nothing_flows_without_voltage():
    point = Point()
    point.flow(10000, 10000, 10000, [2300, 0, 2300])
    assert point.current_ma == [10000, 0, 10000]


def test_a_held_value_changes_on_its_raster_only():
    point = Point()
    held = Held(point, 0)
    shown = []
    for now in range(0, 3600, 10):
        held.step(now, 1000)
        shown.append(held.current_ma[0])
        point.flow(now + 10, 0, 0, VOLTAGES)
    # Each value is what was true just before its moment.
    assert [shown[at // 10] for at in (0, 990, 1000, 1990, 2000, 3590)] == [0, 0, 1000, 1000, 2000, 3000]


def test_it_does_not_matter_when_somebody_looked():
    point = Point()
    held = Held(point, 0)
    held.step(0, 1000)
    point.flow(7000, 0, 0, VOLTAGES)
    held.step(2750, 1000)
    assert held.current_ma[0] == 7000
    point.flow(8000, 0, 0, VOLTAGES)
    held.step(2990, 1000)
    assert held.current_ma[0] == 7000
    held.step(3000, 1000)
    assert held.current_ma[0] == 8000


@pytest.mark.parametrize("order", range(4))
@pytest.mark.parametrize("kind", [registers.I16, registers.I32, registers.F32, registers.U64])
def test_what_is_stored_is_read(kind, order):
    buffer = bytearray(8)
    for value in (0, 1, 31999, -1234, 16384000):
        for digits in (-1, 0, 1, 3):
            if (kind == registers.U64 and value < 0) or (kind == registers.I16 and abs(value) > 3200):
                continue
            bits = float32_bits(value, digits) if kind == registers.F32 else integer_bits(value, kind, digits)
            put_value(buffer, 0, bits, registers.width(kind), order)
            coarse = 10**digits if digits > 0 and kind != registers.F32 else 1
            decoded = registers.decode(buffer, 0, kind, order, digits)
            assert decoded is not None
            assert abs(decoded - value) <= coarse // 2


def test_integers_are_cut_off():
    assert integer_bits(40000, registers.I16, 0) == 32767
    assert integer_bits(-40000, registers.I16, 0) == 0x8000
    assert integer_bits(-1, registers.U64, 0) == 0


def test_solaredge_scales_to_what_fits():
    point = Point()
    bank = MeterBank(meter_types.find(7), point)
    for current_ma, exponent in ((5000, 0xFFFD), (50000, 0xFFFE)):
        point.flow(current_ma, -current_ma, 0, VOLTAGES)
        buffer = bytearray(8)
        assert bank.read(3, 40191, 4, buffer, 0) == 0
        assert int.from_bytes(buffer[6:8], "big") == exponent
        assert int.from_bytes(buffer[0:2], "big") == current_ma // (1 if exponent == 0xFFFD else 10)


class Bus:
    """A client and three devices in virtual time."""

    def __init__(self) -> None:
        self.now_ms = 0
        bus = InProcessBus(lambda: self.now_ms)
        self._port = bus.attach()
        self.points = [Point(), Point(), Point()]
        self.devices = [Device(point) for point in self.points]
        for number, device in enumerate(self.devices):
            device.choose(meter_types.find(4), 10 + number, number)
            self.points[number].flow(1000 * (number + 1), 0, 0, VOLTAGES)
        self.rack = MeterRack(bus.attach(), self.devices)
        self.client = RtuClient(9600, retries=0)
        self._chunk = memoryview(bytearray(64))

    def ask(self, address: int, register: int = 6, function: int = 4) -> int:
        """Return how the request ended."""
        self.client.read(address, function, register, 2)
        while self.client.busy:
            count = self._port.read_into(self._chunk)
            if count:
                self.client.receive(self._chunk, count, self.now_ms)
            to_send = self.client.poll(self.now_ms)
            if to_send:
                self._port.write(self.client.tx, to_send)
            self.now_ms += 1
            self.rack.step(self.now_ms)
        return self.client.result


def test_each_device_answers_for_itself():
    bus = Bus()
    for number in (0, 1, 2, 1):
        assert bus.ask(10 + number) == codes.OK
        value = registers.decode(bus.client.rx, bus.client.data_start, registers.F32, 3, 3)
        assert value == 1000 * (number + 1)
    assert bus.ask(13) == codes.TIMEOUT
    assert bus.ask(10) == codes.OK


def test_silence_garbage_and_refusals():
    bus = Bus()
    bus.devices[1].set_mode("silent")
    bus.devices[2].set_mode("garbage")
    assert [bus.ask(address) for address in (10, 11, 12)][:2] == [codes.OK, codes.TIMEOUT]
    assert bus.ask(12) not in (codes.OK, codes.TIMEOUT)
    assert bus.ask(10, function=3) == codes.EXCEPTION and bus.client.exception_code == 1
    assert bus.ask(10, register=0x5000) == codes.EXCEPTION and bus.client.exception_code == 2
    assert bus.ask(10) == codes.OK
    with pytest.raises(ValueError, match="mode"):
        bus.devices[0].set_mode("loud")
