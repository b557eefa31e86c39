"""The network of the simulated board is that of the PC, and real sockets that nobody answers hold nothing up."""

import socket
import time
from pathlib import Path
from typing import Any

import pytest
from net_bench import Clock

from dns.resolver import Resolver
from evse.core import ticks
from evse.services.net import sntp
from evse.services.net.sntp import Sntp
from simworld import sim_board
from simworld.sim_board import SimBoard, VirtualClock
from sockets.links import UdpLink
from sockets.server import UdpServer


def board(tmp_path: Path, bench: object = None) -> SimBoard:
    return SimBoard(VirtualClock(), None, str(tmp_path), bench=bench)


def test_name_servers_are_those_of_the_pc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "resolv.conf"
    file.write_text(
        "# x\nsearch lan\nnameserver 192.0.2.53\nnameserver fe80::1\nnameserver\nnameserver 192.0.2.54 #\n"
    )
    monkeypatch.setattr(sim_board, "_RESOLVER_FILE", str(file))
    assert board(tmp_path, object()).network.name_servers() == ("192.0.2.53", "192.0.2.54")
    # In virtual time nothing of the PC is seen.
    network = board(tmp_path).network
    assert network.name_servers() == () and network.time_servers() == () and network.wifi is None
    file.unlink()
    assert board(tmp_path, object()).network.name_servers() == ()


def test_the_link_is_a_world_input(tmp_path: Path) -> None:
    one = board(tmp_path)
    assert one.network.is_up() and one.network.address() == "127.0.0.1"
    one.world.set({"link.up": False})
    assert not one.network.is_up() and one.network.address() == ""


def test_the_clock_is_set_unless_the_world_has_its_own_time(tmp_path: Path) -> None:
    one = board(tmp_path)
    assert one.clock.unix_s() == 0
    one.clock.set_unix_s(1790000000, 500)
    assert one.clock.unix_s() == 1790000000
    one.world.step(ticks.add(sim_board.START_TICKS, 5000))
    assert one.clock.unix_s() == 1790000005
    one.world.set({"clock.utc": "2026-03-29T00:59:00Z"})
    one.clock.set_unix_s(1790000000)
    assert one.clock.unix_s() == 1774745940


class BlackHole:
    """A network whose servers are sockets of this PC that take everything and say nothing."""

    def __init__(self, answers: bool = False) -> None:
        self.server = UdpServer(0, "127.0.0.1")
        self.port = self.server._socket.getsockname()[1]
        self.answers = answers

    def name_servers(self) -> tuple:
        return ("127.0.0.1",)

    def open_udp(self, address: str, port: int) -> UdpLink:
        return UdpLink("127.0.0.1", self.port)

    def serve(self, make) -> None:
        buffer = memoryview(bytearray(600))
        count = self.server.receive(buffer)
        if count:
            self.server.reply(make(bytes(buffer[:count])))


@pytest.mark.alone
def test_a_dead_name_server_and_a_dead_time_server_hold_nothing_up() -> None:
    network: Any = BlackHole()
    clock = Clock()
    part = Sntp(network, Resolver(network), clock)
    part.configure(("pool.test", "127.0.0.1"))
    slowest_s = 0.0
    for _ in range(3000):
        begin_s = time.perf_counter()
        part.step(clock.now)
        slowest_s = max(slowest_s, time.perf_counter() - begin_s)
        clock.advance(100)
    # Five minutes of it; on a PC that does other things too.
    assert part.problem and slowest_s < 0.1


def test_a_time_server_over_real_sockets() -> None:
    network: Any = BlackHole()
    clock = Clock()
    part = Sntp(network, Resolver(network), clock)
    part.configure(("127.0.0.1",))

    def answer(request: bytes) -> bytes:
        assert len(request) == sntp.PACKET_BYTES and request[0] == 0x23
        seconds = 1790000000 + 2208988800
        return (
            b"\x24\x01" + bytes(22) + request[40:48] + bytes(8) + seconds.to_bytes(4, "big") + b"\x80\0\0\0"
        )

    for _ in range(100):
        part.step(clock.now)
        network.serve(answer)
        if part.synchronised:
            break
        time.sleep(0.01)
    assert clock.settings == [1790000000500]


def test_a_port_is_taken_once() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(OSError):
            UdpServer(taken.getsockname()[1], "127.0.0.1")
