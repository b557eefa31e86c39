"""A station by Modbus TCP, as energy managers read it and limit it, through pymodbus."""

import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pymodbus.client import ModbusTcpClient
from running_station import Station

CAR = {"car.auto": True, "car.pilot": "B", "car.delay_ms": 200}
CHARGING = {"state": "C", "c1": True, "c1.closed": True}
NONE_32 = [0xFFFF, 0xFFFF]
READ_STATUS = bytes.fromhex("000100000006 01 03 0068 0001")


def _port(station: Station, after: int = 0) -> int:
    line = station.lines[station.wait_for_line("modbus: port ", after=after)]
    found = re.search(r"modbus: port (\d+)", line)
    assert found
    return int(found[1])


def _read(client: ModbusTcpClient, address: int, count: int = 1) -> list[int]:
    answer = client.read_holding_registers(address, count=count)
    assert not answer.isError(), answer
    return list(answer.registers)


def _error(answer) -> int:
    assert answer.isError()
    return answer.exception_code


@pytest.fixture(scope="module")
def charging(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Station, ModbusTcpClient]]:
    """Return a station that charges with 16 A, and somebody who may set its limit."""
    data: Path = tmp_path_factory.mktemp("modbus")
    chosen = ["--set", "MODBUSTCP=Read and set", "--set", "MAX=16", "--set", "EV METER=Eastron3P"]
    with Station(data, *chosen) as station:
        client = ModbusTcpClient("127.0.0.1", port=_port(station), timeout=5)
        assert client.connect()
        station.post("/world", CAR)
        station.wait_status({**CHARGING, "limit.ma": 16000}, 15)
        yield station, client
        client.close()


def test_an_energy_manager_reads_what_the_station_does(charging: tuple[Station, ModbusTcpClient]) -> None:
    station, client = charging
    status = station.wait_status({"drawn.l1_ma": 15960, "drawn.l3_ma": 15960}, 10)
    assert _read(client, 104) == [6]
    assert _read(client, 120, 2) == [0x302E, 0x3600]
    assert _read(client, 122, 3) == [3, 12, 1]
    assert _read(client, 105, 8) == [0] * 8
    assert _read(client, 133, 2) == [80, 32]
    assert _read(client, 140) == [1]
    assert _read(client, 706) == [status["offered_ma"] // 1000] == [15]
    assert _read(client, 712) == [6]
    deadline = time.monotonic() + 10
    currents = [0] * 6
    while currents != [0, 15960] * 3 and time.monotonic() < deadline:
        currents = _read(client, 212, 6)
    assert currents == [0, 15960] * 3
    power_w = _read(client, 220, 2)
    assert 10900 < power_w[0] << 16 | power_w[1] < 11100
    assert _read(client, 222, 6) == [0, 230] * 3
    text = "".join(chr(word >> 8) + chr(word & 255) for word in _read(client, 142, 10))
    assert text.rstrip("\0") == "microEVSE"


def test_what_there_is_not_has_all_bits_set_or_is_refused(charging: tuple[Station, ModbusTcpClient]) -> None:
    _, client = charging
    assert _read(client, 1000) == [0xFFFF]
    assert _read(client, 103, 3) == [0xFFFF, 6, 0]
    assert _error(client.read_holding_registers(300, count=4)) == 2
    assert _error(client.write_register(104, 1)) == 2
    assert _error(client.write_registers(8301, [0, 6000, 0])) == 2
    assert _error(client.write_registers(8301, [0x00FF, 0])) == 3
    assert _error(client.write_register(124, 2)) == 3
    assert _error(client.read_coils(1)) == 1


def test_a_limit_counts_and_is_named(charging: tuple[Station, ModbusTcpClient]) -> None:
    station, client = charging
    assert not client.write_register(1000, 10).isError()
    station.wait_status({"limit.ma": 10000, "limit.slot": "remote"}, 3)
    assert _read(client, 1000) == [10] and _read(client, 8301, 2) == [0, 10000]
    # More than the installation bears changes nothing.
    assert not client.write_registers(8301, [0, 63000]).isError()
    station.wait_status({"limit.ma": 16000, "limit.slot": "max"}, 3)
    assert not client.write_registers(8301, NONE_32).isError()
    assert _read(client, 1000) == [0xFFFF]


def test_no_modbus_is_dropped_and_the_fifth_client_is_not_served(
    charging: tuple[Station, ModbusTcpClient],
) -> None:
    station, client = charging
    port = client.comm_params.port
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert connection.recv(100) == b""
    others = [socket.create_connection(("127.0.0.1", port), timeout=5) for _ in range(4)]
    answers = []
    try:
        for other in others:
            other.sendall(READ_STATUS)
            try:
                answers.append(len(other.recv(100)))
            except ConnectionResetError:
                answers.append(0)
    finally:
        for other in others:
            other.close()
    assert answers == [11, 11, 11, 0]
    assert station.get("/status")["state"] == "C"


def test_availability_switches_charging(charging: tuple[Station, ModbusTcpClient]) -> None:
    station, client = charging
    assert not client.write_register(124, 0).isError()
    station.wait_status({"access": "off", "c1": False}, 15)
    assert _read(client, 124) == [0] and _read(client, 140) == [0] and _read(client, 104) == [7]
    assert not client.write_register(124, 1).isError()
    assert not client.write_register(1000, 0).isError()
    station.wait_status({"access": "on", "limit.ma": 0, "limit.slot": "remote"}, 5)
    assert not client.write_register(1000, 0xFFFF).isError()
    station.wait_status({"limit.ma": 16000}, 5)


def test_the_port_opens_and_closes_with_the_setting(tmp_path: Path) -> None:
    with Station(tmp_path, "--modbus-port", "0") as station:
        line = len(station.lines)
        assert not any("modbus" in text for text in station.lines)
        assert station.post("/settings", {"MODBUSTCP": "Read"})[0] == 200
        port = _port(station, after=line)
        with ModbusTcpClient("127.0.0.1", port=port, timeout=5) as client:
            assert _read(client, 104) == [0]
            assert _error(client.write_register(1000, 6)) == 2
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.sendall(READ_STATUS)
            assert len(connection.recv(100)) == 11
            assert station.post("/settings", {"MODBUSTCP": "Disabled"})[0] == 200
            assert connection.recv(100) == b""
        with pytest.raises(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=2)
