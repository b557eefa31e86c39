"""Every Modbus meter type against a pymodbus server that holds the registers of the sheet, on both interpreters."""

import asyncio
import os
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from meter_bench import Clock, FakeStation
from meter_images import EXPECTATIONS, MAINS_ONLY, SAMPLES, Expected, image
from meter_wire import PacedWire, TcpServer
from pymodbus import FramerType
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice
from test_modbus_pymodbus import serving

from evse.services import meter_types
from evse.services.metering import Metering
from interpreters import MICROPYTHON, ROOT, micropython_environment
from modbus import codes

READINGS = 4
CUSTOM_ADDRESS = 200


def address_of(index: int, sample: int) -> int:
    return 20 + index + 30 * sample


def device(address: int, function: int, registers: dict[int, int]) -> SimDevice:
    """Return a device with these registers for one function and none for the others."""
    unused = [SimData(0, values=[False] * 16, datatype=DataType.BITS)]
    nothing = [SimData(0xFFF0, values=[0], datatype=DataType.REGISTERS)]
    blocks: list[SimData] = []
    starts = [register for register in sorted(registers) if register - 1 not in registers]
    for start in starts:
        end = start
        while end in registers:
            end += 1
        values = [registers[register] for register in range(start, end)]
        blocks.append(SimData(start, values=values, datatype=DataType.REGISTERS))
    banks = (unused, unused, blocks, nothing) if function == 3 else (unused, unused, nothing, blocks)
    return SimDevice(address, banks)


@contextmanager
def server_of(devices: list[SimDevice]) -> Iterator[int]:
    """Run pymodbus with these devices; yield its port."""

    def make_server() -> ModbusTcpServer:
        return ModbusTcpServer(devices, framer=FramerType.RTU, address=("127.0.0.1", 0))

    with serving(make_server) as server:
        listener = server.transport
        assert isinstance(listener, asyncio.Server)
        yield listener.sockets[0].getsockname()[1]


@pytest.fixture(scope="module")
def every_meter() -> Iterator[int]:
    devices = []
    for index in EXPECTATIONS:
        for number, sample in enumerate(SAMPLES):
            function, registers, _ = image(index, sample)
            devices.append(device(address_of(index, number), function, registers))
    with server_of(devices) as port:
        yield port


def run_peer(interpreter: str, port: int, cases: list[str]) -> list[str]:
    environment = micropython_environment()
    if interpreter == "cpython":
        command = [sys.executable]
        folders = ("firmware", "lib", "boards/SIM", "tools/shims", "host_tests/core")
        environment["PYTHONPATH"] = os.pathsep.join(str(ROOT / folder) for folder in folders)
    else:
        command = [str(MICROPYTHON)]
    result = subprocess.run(
        [*command, "host_tests/services/meter_peer.py", str(port), *cases],
        check=False, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout.splitlines()


def line_of(case: str, expected: Expected) -> str:
    return (
        f"{case} {expected.current_ma} {expected.power_w} {expected.voltage_dv} "
        f"{expected.import_wh} {expected.export_wh} {READINGS} errors 0 0, ok"
    )


def test_the_table_has_every_meter_of_the_sheet() -> None:
    assert meter_types.indices() == tuple(range(20))
    assert {*meter_types.polled_indices()} == {*EXPECTATIONS} | {meter_types.SENSORBOX}
    for index in range(20):
        row = meter_types.find(index)
        assert row.index == index and row.name and len(row.lcd_name) <= 9
        assert row.is_polled == (index in meter_types.polled_indices())
        assert meter_types.fits(index, meter_types.USE_MAINS) == (index != 18)
        assert meter_types.fits(index, meter_types.USE_CIRCUIT) == (index not in (1, 18))
        assert meter_types.fits(index, meter_types.USE_EV) == (index not in (1, 7, 18))


@pytest.mark.parametrize("interpreter", ["cpython", "micropython"])
def test_every_type(interpreter: str, every_meter: int) -> None:
    cases = []
    expected = []
    for index in EXPECTATIONS:
        for number, sample in enumerate(SAMPLES):
            for use in ("mains", "circuit", "ev"):
                if use == "ev" and index in MAINS_ONLY:
                    continue
                case = f"{use},{index},{address_of(index, number)}"
                cases.append(case)
                expected.append(line_of(case, image(index, sample)[2]))
    lines = run_peer(interpreter, every_meter, cases)
    for line, wanted in zip(lines, expected, strict=True):
        assert line == wanted
    print(f"\n{interpreter}: {len(EXPECTATIONS)} types, {len(lines)} readings of every value exact")


# Custom meters: every order and type.

CUSTOM_FORMS = {0: "i", 1: "f", 2: "h"}


def custom_words(order: int, data_type: int, *values: float) -> list[int]:
    """Return registers in a byte and word order of the sheet: 0 LBF&LWF, 1 LBF&HWF, 2 HBF&LWF, 3 HBF&HWF."""
    words = []
    for value in values:
        form = CUSTOM_FORMS[data_type]
        data = struct.pack(">" + form, value if form == "f" else int(value))
        pairs = [data[index : index + 2] for index in range(0, len(data), 2)]
        if order in (0, 2):
            pairs.reverse()
        if order in (0, 1):
            pairs = [pair[::-1] for pair in pairs]
        words += [pair[0] << 8 | pair[1] for pair in pairs]
    return words


CUSTOM_CASES = [
    (order, data_type, function) for order in range(4) for data_type in range(3) for function in (3, 4)
]


def custom_device(number: int, order: int, data_type: int, function: int) -> tuple[SimDevice, str, Expected]:
    words = {}
    layout = (
        (0, custom_words(order, data_type, 2301, 2299, 2315)),
        (100, custom_words(order, data_type, 1625, -1025, 31)),
        (2000, custom_words(order, data_type, -12345)),
        (0xFFFA, custom_words(order, data_type, 12345)),
    )
    for register, values in layout:
        words.update({register + index: word for index, word in enumerate(values)})
    address = CUSTOM_ADDRESS + number
    # V in 0.1 V, A in 0.01 A, W in 0.1 W, energy in 0.1 kWh; in the sheet's ranges.
    numbers = (order, data_type, function, 0, 1, 100, 2, 2000, 1, 0xFFFA, 1)
    case = f"ev,19,{address}," + ":".join(str(value) for value in numbers)
    expected = Expected([16250, -10250, 310], -1234, [2301, 2299, 2315], 1234500, 0)
    return device(address, function, words), case, expected


@pytest.mark.parametrize("interpreter", ["cpython", "micropython"])
def test_custom_with_every_type_and_order(interpreter: str) -> None:
    made = [custom_device(number, *case) for number, case in enumerate(CUSTOM_CASES)]
    with server_of([each[0] for each in made]) as port:
        lines = run_peer(interpreter, port, [each[1] for each in made])
    for line, (_, case, expected) in zip(lines, made, strict=True):
        assert line == line_of(case, expected)
    print(f"\n{interpreter}: custom meter in {len(lines)} layouts exact")


# What can go wrong on the wire.


class Line:
    """A metering on a paced line to a pymodbus server, in virtual time."""

    def __init__(self, port: int, **arguments) -> None:
        self.clock = Clock()
        self.server = TcpServer(port)
        self.wire = PacedWire(self.server, self.clock)
        self.station = FakeStation(self.clock)
        self.metering = Metering(self.wire, self.station, self.clock)
        self.metering.configure(**arguments)

    def run(self, duration_ms: int, as_the_shell: bool = False) -> None:
        """Step every ms, or when the asyncio shell would."""
        stop_ms = self.clock.elapsed_ms + duration_ms
        while self.clock.elapsed_ms < stop_ms:
            self.metering.step(self.clock.now)
            self.clock.advance(self.metering.sleep_ms(self.clock.now) if as_the_shell else 1)


def broken_bit(request: bytes, reply: bytes) -> bytes:
    return bytes([*reply[:5], reply[5] ^ 1, *reply[6:]])


def foreign_address(request: bytes, reply: bytes) -> bytes:
    return bytes([reply[0] ^ 1, *reply[1:]])


DISTURBANCES = {
    "a broken bit": (broken_bit, codes.BAD_CRC),
    "a reply cut short": (lambda request, reply: reply[:-3], codes.UNEXPECTED),
    "a reply cut to one byte": (lambda request, reply: reply[:1], codes.UNEXPECTED),
    "another address": (foreign_address, codes.UNEXPECTED),
    "the echo of the request": (lambda request, reply: request, codes.UNEXPECTED),
    "nothing": (lambda request, reply: b"", codes.TIMEOUT),
}


@pytest.mark.parametrize("index", [*EXPECTATIONS])
def test_disturbed_replies_change_nothing(index: int, every_meter: int) -> None:
    for name, (tamper, result) in DISTURBANCES.items():
        line = Line(every_meter, mains=(index, address_of(index, 0)))
        line.run(2500)
        meter = line.metering.mains
        before = (list(meter.values.current_ma), meter.values.power_w, meter.readings)
        line.wire.tamper = tamper
        line.run(12000)
        assert (meter.values.current_ma, meter.values.power_w, meter.readings) == before, name
        assert meter.last_result == result, name
        assert meter.silent and meter.errors >= 4
        line.wire.tamper = lambda request, reply: reply
        line.run(5000)
        assert meter.readings > before[2] and not meter.silent, name
        assert line.wire.collisions == 0
        line.server.close()


def test_noise_before_a_reply_does_no_harm(every_meter: int) -> None:
    line = Line(every_meter, mains=(4, address_of(4, 0)))
    line.wire.tamper = lambda request, reply: b"\x00\xff" + reply
    line.run(5000)
    assert line.metering.mains.readings == 5 and line.metering.mains.errors == 0
    line.server.close()


def test_the_wrong_type_gets_exceptions(every_meter: int) -> None:
    # A WAGO's registers are none of an Eastron's.
    line = Line(every_meter, mains=(8, address_of(4, 0)))
    line.run(12000)
    meter = line.metering.mains
    assert meter.readings == 0 and meter.silent
    assert meter.last_result == codes.EXCEPTION and meter.last_exception == codes.ILLEGAL_ADDRESS
    assert meter.state_text() == "illegal data address"
    line.server.close()


# Bus use.


def measure(port: int, period_ms: int, as_the_shell: bool, **meters) -> tuple[float, Line]:
    line = Line(port, period_ms=period_ms, **meters)
    line.run(1000, as_the_shell)
    needed_us, from_ms = line.wire.needed_us, line.clock.elapsed_ms
    line.run(20000, as_the_shell)
    used = (line.wire.needed_us - needed_us) / (1000 * (line.clock.elapsed_ms - from_ms))
    assert line.wire.collisions == 0, "sent into a frame or a silence"
    assert line.metering.mains.errors == 0
    line.server.close()
    return used, line


@pytest.mark.parametrize("as_the_shell", [False, True], ids=["1 ms", "shell"])
def test_bus_use(as_the_shell: bool, every_meter: int) -> None:
    """Frames and their mandatory silences fill at least nine tenths of the time at 9600 8N1."""
    print()
    for index in EXPECTATIONS:
        meters = {"mains": (index, address_of(index, 0))}
        used, line = measure(every_meter, 0, as_the_shell, **meters)
        rate = line.metering.mains.readings / line.clock.elapsed_ms * 1000
        print(
            f"{meter_types.find(index).lcd_name:10} alone: bus use {used:.1%}, {rate:.1f} readings a second"
        )
        assert used >= 0.90
    meters = {
        "mains": (4, address_of(4, 0)), "circuit": (14, address_of(14, 0)), "ev": (10, address_of(10, 1)),
    }  # fmt: skip
    used, line = measure(every_meter, 0, as_the_shell, **meters)
    rate = line.metering.mains.readings / line.clock.elapsed_ms * 1000
    print(f"three meters: bus use {used:.1%}, {rate:.1f} readings of each a second")
    assert used >= 0.90


def test_a_late_reply_is_not_taken_for_another(every_meter: int) -> None:
    """Replies come after the time-out; none may end up in another quantity."""
    # The Phoenix: currents and voltages have replies of the same length.
    line = Line(every_meter, mains=(2, address_of(2, 0)), period_ms=0)
    line.run(3000)
    expected = image(2, SAMPLES[0])[2]
    for think_us in range(150000, 600000, 12345):
        line.wire.think_us = think_us
        line.run(3000)
        line.wire.think_us = 0
        line.run(3000)
        values = line.metering.mains.values
        assert values.current_ma == expected.current_ma
        assert values.voltage_dv == expected.voltage_dv
        for told in line.station.of("mains"):
            assert list(told[1:]) == expected.current_ma
    line.server.close()
