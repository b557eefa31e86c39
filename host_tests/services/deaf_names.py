"""Run main.py on the simulated board with its only name server at a port of this PC: the port, then main's options."""

import sys

import main
from simworld.sim_board import Network
from sockets.links import UdpLink

_DNS_PORT = 53


def choose_name_server(port: int) -> None:
    """Let the station ask for names at 127.0.0.1 and this port."""
    open_udp = Network.open_udp

    def open_at_port(network, address: str, wanted: int):
        return UdpLink(address, port) if wanted == _DNS_PORT else open_udp(network, address, wanted)

    Network.name_servers = lambda network: ("127.0.0.1",)  # pyright: ignore[reportAttributeAccessIssue]
    Network.open_udp = open_at_port  # pyright: ignore[reportAttributeAccessIssue]


choose_name_server(int(sys.argv.pop(1)))
main.main()
