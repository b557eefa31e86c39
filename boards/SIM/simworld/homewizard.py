"""Simulated HomeWizard meters in the network of the simulated station: their names, and their pages over HTTP.

One for each place: a P1 meter at the mains, and a kWh meter at the circuit and at the station.
"""

import mdns
from sockets.links import TcpLink, UdpLink

NAMES = ("p1meter-000001", "kwhmeter-000002", "kwhmeter-000003")
# Addresses that no real network has (RFC 5737).
ADDRESSES = ("192.0.2.1", "192.0.2.2", "192.0.2.3")
_MODES = ("meter.mains", "meter.circuit", "meter.ev")
_SERVICE = "_hwenergy._tcp.local"
_PATH = "GET /api/v1/data "
_TTL = b"\0\0\0\x78"


def data_text(source) -> str:
    """Return the page of a meter of three phases that measures `source`, as for `MeterBank`."""
    fields = ['"wifi_ssid":"simulated"', '"wifi_strength":100']
    fields.append('"total_power_import_kwh":' + _decimal(source.energy_import_wh, 3))
    fields.append('"total_power_export_kwh":' + _decimal(source.energy_export_wh, 3))
    fields.append('"active_power_w":%d' % sum(source.power_w))
    for phase in range(3):
        fields.append('"active_power_l%d_w":%d' % (phase + 1, source.power_w[phase]))
        fields.append('"active_voltage_l%d_v":%s' % (phase + 1, _decimal(source.voltage_dv[phase], 1)))
        fields.append('"active_current_l%d_a":%s' % (phase + 1, _decimal(source.current_ma[phase], 3)))
    return "{" + ",".join(fields) + "}"


def _decimal(value: int, digits: int) -> str:
    text = ("%0" + str(digits + 1) + "d") % abs(value)
    return ("-" if value < 0 else "") + text[:-digits] + "." + text[-digits:]


class HomeWizards:
    """The way into that network; with `real` other addresses and names are those of the PC's network."""

    def __init__(self, world, real: bool) -> None:
        self._world = world
        self._real = real

    def open_tcp(self, address: str, port: int):
        """Connect to a simulated meter, or to a real device."""
        if address in ADDRESSES:
            return _Page(self._world, ADDRESSES.index(address))
        if not self._real:
            raise OSError("nothing is there")
        return TcpLink(address, port)

    def open_udp(self, address: str, port: int):
        """Ask after names."""
        return _Names(UdpLink(address, port) if self._real else None)


class _Page:
    """A connection to one simulated meter."""

    def __init__(self, world, place: int) -> None:
        self._world = world
        self._place = place
        self._asked = b""
        self._answer = b""

    def ready(self) -> bool:
        return True

    def send(self, data) -> int:
        self._asked += bytes(data)
        if self._asked.endswith(b"\r\n\r\n"):
            self._answer += self._answer_to(self._asked.decode())
            self._asked = b""
        return len(data)

    def receive(self, buffer) -> int:
        count = min(len(buffer), len(self._answer))
        buffer[:count] = self._answer[:count]
        self._answer = self._answer[count:]
        return count

    def close(self) -> None:
        self._answer = b""

    def _answer_to(self, request: str) -> bytes:
        world = self._world
        mode = world.values[_MODES[self._place]]
        if mode == "silent":
            return b""
        if mode == "garbage":
            return b"\x7f\x01 no page\n" * 3
        if not request.startswith(_PATH):
            return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
        text = data_text((world.shown_mains, world.circuit, world.ev)[self._place])
        return ("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(text), text)).encode()


class _Names:
    """Multicast DNS of the simulated meters, and of the real network behind it."""

    def __init__(self, link) -> None:
        self._link = link
        self._waiting = []

    def send(self, data) -> None:
        for place in range(3):
            name = NAMES[place]
            if mdns.query(name + ".local", mdns.ADDRESS)[12:] == data[12:]:
                self._waiting.append(_answer([_address(name, place)]))
                return
        if mdns.query(_SERVICE, mdns.POINTER)[12:] == data[12:]:
            for place in range(3):
                self._waiting.append(_answer([_pointer(NAMES[place]), _address(NAMES[place], place)]))
        elif self._link:
            self._link.send(data)

    def receive(self, buffer) -> int:
        if not self._waiting:
            return self._link.receive(buffer) if self._link else 0
        packet = self._waiting.pop(0)
        buffer[: len(packet)] = packet
        return len(packet)

    def close(self) -> None:
        if self._link:
            self._link.close()


def _labels(name: str) -> bytes:
    return b"".join([bytes((len(label),)) + label.encode() for label in name.split(".")]) + b"\0"


def _record(name: str, kind: int, value: bytes) -> bytes:
    return _labels(name) + bytes((0, kind, 0x80, 1)) + _TTL + bytes((0, len(value))) + value


def _address(name: str, place: int) -> bytes:
    return _record(name + ".local", mdns.ADDRESS, bytes([int(part) for part in ADDRESSES[place].split(".")]))


def _pointer(name: str) -> bytes:
    return _record(_SERVICE, mdns.POINTER, _labels(name + "." + _SERVICE))


def _answer(records: list) -> bytes:
    return bytes((0, 0, 0x84, 0, 0, 0, 0, len(records), 0, 0, 0, 0)) + b"".join(records)
