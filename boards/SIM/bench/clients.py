"""Clients of the station in virtual time: commands as a broker passes them on, and HTTP requests, without any socket.

Both take the way of the real ones through the services; only the bytes come from here. They act as an authorised
client. What is answered shows in `outputs`; while the station has no network or no power nothing is.
"""

import asyncio
import json

from micropython import const

from evse.core.errors import FieldError

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from typing import Any

# What was answered on SetError to the last command, "" when it was carried out; status 0 is no answer.
NO_ANSWER = {"mqtt.set_error": "", "rest.status": 0, "rest.body": ""}

_PREFIX = "SmartEVSE/0"
_QUEUE = const(16)
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_TOKEN = "scenario"
# It would never end.
_STREAM = "/api/v1/events"


def check_command(words) -> None:
    """Raise FieldError unless `words` are a Set topic below the prefix, and a payload."""
    if (
        not _are_texts(words, 2)
        or len(words) != 2
        or not words[0].startswith("Set/")
        or len(words[0]) == len("Set/")
    ):
        raise FieldError("mqtt", 'must be like ["Set/CurrentOverride", "150"]')


def check_request(words) -> None:
    """Raise FieldError unless `words` are a method and an address, and where wanted a body for JSON."""
    if not _are_texts(words, 2) or len(words) > 3:
        raise FieldError("rest", 'must be like ["POST", "/settings?mode=2"]')
    method, target = words[0], words[1]
    if method not in _METHODS:
        raise FieldError("rest", "the method must be one of: " + ", ".join(_METHODS))
    if not target.startswith("/") or " " in target or "\n" in target:
        raise FieldError("rest", "the address must begin with / and have no blanks")
    if target.partition("?")[0] == _STREAM:
        raise FieldError("rest", "a stream has no end, so it has no answer")


def _are_texts(words, count: int) -> bool:
    return isinstance(words, list) and [isinstance(word, str) for word in words[:count]] == [True] * count


class Clients:
    """The clients of one station; whoever restarts the station makes new ones."""

    def __init__(self, app) -> None:
        self._app = app
        self._broker: "Broker | None" = None
        self._browser: "Browser | None" = None
        self.outputs: "dict[str, Any]" = dict(NO_ANSWER)

    def command(self, words: list) -> None:
        """Publish a command."""
        self.outputs["mqtt.set_error"] = ""
        if self._is_reached():
            # Late, as on a station that has no broker.
            if self._broker is None:
                self._broker = Broker(self._app)
            self.outputs["mqtt.set_error"] = self._broker.send(words[0], words[1])

    def request(self, words: list) -> None:
        """Exchange one HTTP request."""
        status, body = 0, ""
        if self._is_reached():
            if self._browser is None:
                self._browser = Browser(self._app)
            status, body = self._browser.ask(words[0], words[1], words[2] if len(words) > 2 else None)
        self.outputs["rest.status"] = status
        self.outputs["rest.body"] = body

    def _is_reached(self) -> bool:
        return self._app.board.network.is_up() and self._app.board.world.values["power"]


class Broker:
    """What lib/mqtt is to the station, for commands only: it takes what is published, and keeps the reasons."""

    free = _QUEUE

    def __init__(self, app) -> None:
        from evse.services.mqtt.publisher import Publisher

        self._app = app
        self._error = ""
        self.publisher = Publisher(app, self, _PREFIX, 0, True)

    def send(self, topic: str, payload: str) -> str:
        """Pass a command on; return why it was not carried out, "" when it was."""
        self._error = ""
        # What is only there while a broker is chosen.
        self._app.mqtt = self
        try:
            self.publisher.receive((_PREFIX + "/" + topic).encode(), payload.encode(), False)
        finally:
            self._app.mqtt = None
        return self._error

    def publish(self, topic: str, payload: str, retain: bool = False, qos: int = 0) -> bool:
        """Take a message of the station."""
        if topic == _PREFIX + "/SetError":
            self._error = payload
        return True


class Browser:
    """Exchanges requests with the station's web server, each over a connection of its own."""

    def __init__(self, app) -> None:
        from evse.services.web import accounts
        from evse.services.web.server import Web

        self._web = Web(app, app.web_store)
        # Not kept: it is not the station's own.
        self._web.accounts.tokens[_TOKEN] = [accounts.USER, accounts.digest_of(_TOKEN)]

    def ask(self, method: str, target: str, body) -> "tuple[int, str]":
        """Return the status and the body of the answer; JSON has its keys in order, the same on every interpreter."""
        data = b"" if body is None else json.dumps(body).encode()
        head = "%s %s HTTP/1.1\r\nHost: station\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n"
        connection = Connection((head % (method, target, _TOKEN, len(data))).encode() + data)
        asyncio.run(self._web.listener.serve(connection, connection))
        line, _, rest = connection.sent.partition(b"\r\n")
        words = line.split(b" ")
        return int(words[1]) if len(words) > 1 else 0, _readable(rest[rest.find(b"\r\n\r\n") + 4 :])


class Connection:
    """Reader and writer of a connection whose other side has sent everything, and reads all."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.sent = b""

    async def read(self, count: int) -> bytes:
        """Return the next bytes, b"" at the end."""
        piece = self._data[:count]
        self._data = self._data[count:]
        return piece

    def write(self, data: bytes) -> None:
        """Take what the station sends."""
        self.sent += data

    async def drain(self) -> None:
        """Do nothing: everything has gone."""

    def close(self) -> None:
        """Do nothing: nobody is at the other end."""

    async def wait_closed(self) -> None:
        """Do nothing, as above."""

    def get_extra_info(self, name: str) -> tuple:
        """Return where the client is."""
        return "127.0.0.1", 0


def _readable(body: bytes) -> str:
    """Return a body as text, JSON in one form; of anything else only the size."""
    try:
        text = body.decode()
    except UnicodeError:
        return "%d bytes" % len(body)
    try:
        return ordered(json.loads(text))
    except ValueError:
        return text


def ordered(value) -> str:
    """Return JSON with sorted keys: dictionaries of MicroPython have no order."""
    if isinstance(value, dict):
        return (
            "{" + ", ".join(["%s: %s" % (ordered(key), ordered(value[key])) for key in sorted(value)]) + "}"
        )
    if isinstance(value, list):
        return "[" + ", ".join([ordered(one) for one in value]) + "]"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
    if value is None or value is True or value is False:
        return {None: "null", True: "true", False: "false"}[value]
    return str(value)
