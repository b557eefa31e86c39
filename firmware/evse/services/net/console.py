"""The dialogue at the serial line (115200 8N1): choose a network, type its password, see how it does.

Bytes in, text out, nothing waits. Whoever is at this line has the station in his hands, so no password is asked for.
"""

from micropython import const

from evse.core import ticks
from evse.services.net import credentials, wifi

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from typing import Any

_TIMEOUT_MS = const(120000)
_SCAN_MS = const(10000)
_JOIN_MS = const(60000)
_LINE_BYTES = const(64)
_MOST_NETWORKS = const(20)

_MENU = (
    "\r\nmicroEVSE on the network\r\n"
    " 1 choose a Wi-Fi network\r\n 2 type the name of a network\r\n 3 status\r\n"
    " 4 set up from a phone\r\n 5 run without Wi-Fi\r\n 0 leave\r\n> "
)


class Dialogue:
    """One dialogue with whoever pressed a key; `is_open` until he leaves or two minutes pass without a key."""

    def __init__(self, net, write) -> None:
        self._net = net
        self._write = write
        self._line = bytearray()
        self._touched = -1
        self._since = 0
        self._found: list = []
        self._ssid = ""
        # What takes the next line, and what is looked at while no line is awaited.
        self._take: "Any" = None
        self._watch: "Any" = None
        self._is_hidden = False
        self._after_return = False
        self.is_open = True

    def step(self, byte: int, now: int) -> None:
        """Take a byte, -1 for none, at tick `now`."""
        if byte >= 0 or self._touched < 0:
            self._touched = now
        if byte >= 0:
            self._type(byte, now)
        elif self._watch:
            self._watch(now)
        elif ticks.diff(now, self._touched) >= _TIMEOUT_MS:
            self._leave("\r\n")

    def _type(self, byte: int, now: int) -> None:
        is_end = byte == 13 or (byte == 10 and not self._after_return)
        self._after_return = byte == 13
        if self._take is None:
            self._show_menu()
        elif self._watch:
            # What is under way comes to its own end.
            return
        elif is_end:
            self._write("\r\n")
            line = bytes(self._line)
            self._line = bytearray()
            try:
                text = line.decode()
            except UnicodeError:
                self._write("That is no text.\r\n")
                self._show_menu()
                return
            self._take(text, now)
        elif byte in (8, 127):
            # A character may be of several bytes.
            while self._line and self._line[-1] & 0xC0 == 0x80:
                self._line = self._line[:-1]
            self._line = self._line[:-1]
            self._write("\b \b")
        elif byte >= 32 and len(self._line) < _LINE_BYTES:
            self._line.append(byte)
            if byte < 127:
                self._write("*" if self._is_hidden else chr(byte))

    def _show_menu(self) -> None:
        self._ask(self._take_command, _MENU)

    def _ask(self, take, prompt: str, is_hidden: bool = False) -> None:
        self._take = take
        self._watch = None
        self._is_hidden = is_hidden
        self._write(prompt)

    def _take_command(self, text: str, now: int) -> None:
        if text == "1":
            self._scan(now)
        elif text == "2":
            self._ask(self._take_name, "Name of the network: ")
        elif text == "3":
            self._show_status()
        elif text == "4":
            self._net.setup_wanted = self._net.radio is not None
            self._leave("The access point opens as soon as no car is being charged.\r\n")
        elif text == "5":
            self._net.join("", "")
            self._leave("The station runs without Wi-Fi.\r\n")
        elif text == "0":
            self._leave("")
        else:
            self._show_menu()

    def _scan(self, now: int) -> None:
        problem = self._net.start_scan()
        if problem:
            self._write("Not possible: %s.\r\n" % problem)
            self._show_menu()
            return
        self._write("Looking for networks ...\r\n")
        self._since = now
        self._watch = self._watch_scan

    def _watch_scan(self, now: int) -> None:
        found = self._net.radio.networks()
        if found is None and ticks.diff(now, self._since) < _SCAN_MS:
            return
        best = {}
        for point in found or ():
            if point[0] not in best or point[2] > best[point[0]][2]:
                best[point[0]] = point
        self._found = sorted(best.values(), key=lambda point: (-point[2], point[0]))[:_MOST_NETWORKS]
        if not self._found:
            self._write("No network was found.\r\n")
            self._net.apply()
            self._show_menu()
            return
        for place, point in enumerate(self._found):
            self._write(
                "%2d %s (%d dBm%s)\r\n" % (place + 1, point[0], point[2], ", open" if point[3] else "")
            )
        self._ask(self._take_choice, "Number of the network: ")

    def _take_choice(self, text: str, now: int) -> None:
        if not text or text.strip("0123456789") or len(text) > 2 or not 0 < int(text) <= len(self._found):
            self._net.apply()
            self._show_menu()
            return
        ssid, _, _, is_open = self._found[int(text) - 1]
        self._ssid = ssid
        if is_open:
            self._join("", now)
        else:
            self._ask(self._join, "Password of %s: " % ssid, True)

    def _take_name(self, text: str, now: int) -> None:
        problem = credentials.problem(text, "")
        if problem:
            self._write(problem + "\r\n")
            self._show_menu()
            return
        self._ssid = text
        self._ask(self._join, "Password, empty for an open network: ", True)

    def _join(self, text: str, now: int) -> None:
        problem = credentials.problem(self._ssid, text)
        if problem:
            self._ask(self._join, "%s\r\nPassword of %s: " % (problem, self._ssid), True)
            return
        self._is_hidden = False
        if not self._net.wifi:
            self._leave("This station has no radio.\r\n")
            return
        self._net.join(self._ssid, text)
        self._write("Joining %s ...\r\n" % self._ssid)
        self._since = now
        self._watch = self._watch_join

    def _watch_join(self, now: int) -> None:
        supervisor = self._net.wifi
        if supervisor.state == wifi.UP:
            self._leave("Joined, with address %s.\r\n" % self._net.network.address())
        elif supervisor.problem or ticks.diff(now, self._since) >= _JOIN_MS:
            self._write(
                "Not joined yet: %s. The station goes on trying.\r\n" % (supervisor.problem or "no answer")
            )
            self._show_menu()

    def _show_status(self) -> None:
        status = {}
        self._net.fill_status(status)
        for name in sorted(status):
            self._write("%s: %s\r\n" % (name, status[name]))
        self._show_menu()

    def _leave(self, text: str) -> None:
        self._write(text)
        self._net.apply()
        self.is_open = False
