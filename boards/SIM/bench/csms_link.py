"""The station's task for a back end in virtual time, with its messages handed over without any socket.

The task is the station's own, `evse.services.online.run_ocpp`; its pauses pass in virtual time, and in the place of its
WebSocket client stands one that hands every message to the simulated back end at once.
"""

from micropython import const

from evse import aio
from evse.core import ticks
from evse.core.station import STEP_MS

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from typing import Any

# A task that goes on and on in one moment waits for the next control step after that.
_SLICES = const(1000)


class BackEnd:
    """What joins one start of the station `app` to a Csms.

    Whoever starts the station anew takes another one. A power cut ends no task in order, so this one is to be kept, and
    closed when nothing that it does then matters any more.
    """

    def __init__(self, app, csms) -> None:
        self._app = app
        self.csms = csms
        self.client: "Client | None" = None
        self._task: "Task | None" = None
        self._leaving: "Task | None" = None

    def step(self, now: int) -> None:
        """Go on with the task if it is due."""
        app = self._app
        if self._task is None:
            if not app.settings.get("OcppMode"):
                return
            from evse.services.online import run_ocpp

            self._task = Task(run_ocpp(app), now)
        for task in (self._task, self._leaving):
            if task is not None and ticks.diff(now, task.due) >= 0:
                self._go_on(task, now)
        if app.ocpp is None and not app.settings.get("OcppMode"):
            # No back end is chosen any more; the task would only look for one.
            self._task.close()
            self._task = None

    def next_due_ms(self, now: int) -> int:
        """Return after how many ms the task goes on, -1 for never."""
        due_ms = -1
        for task in (self._task, self._leaving):
            if task is not None and not task.done:
                left_ms = max(0, ticks.diff(task.due, now))
                due_ms = left_ms if due_ms < 0 else min(due_ms, left_ms)
        return due_ms

    def request(self, words: list) -> None:
        """Ask the station for something; nothing arrives while it is not connected."""
        self.csms.forget_answer()
        client = self.client
        if client is not None and client.connected and self.is_reached():
            client.deliver(self.csms.request(words))

    def has_left(self, now: int) -> bool:
        """Say goodbye before a restart; True when that is done."""
        if self._app.ocpp is None:
            return True
        if self._leaving is None:
            self._leaving = Task(self._app.ocpp.leave(), now)
        return self._leaving.done

    def close(self) -> None:
        """End the task."""
        for task in (self._task, self._leaving):
            if task is not None:
                task.close()
        self._task = self._leaving = None

    def is_reached(self) -> bool:
        """Tell whether the station and the back end can reach each other."""
        values = self._app.board.world.values
        return values["power"] and values["csms.connected"] and self._app.board.network.is_up()

    def connect(self, url, handler, *_) -> "Client":
        """Make what stands in the place of a WebSocketClient; the rest of what that is told is about bytes."""
        self.client = Client(self, url, handler)
        return self.client

    def _go_on(self, task: "Task", now: int) -> None:
        if self.client is not None:
            self.client.follow()
        from evse.services.ocpp import link, service

        kept = (aio.sleep_ms, service.asyncio, link.WebSocketClient)
        aio.sleep_ms = Pause
        service.asyncio = Scheduler  # pyright: ignore[reportAttributeAccessIssue]
        link.WebSocketClient = self.connect  # pyright: ignore[reportAttributeAccessIssue]
        try:
            task.go_on(now)
        finally:
            aio.sleep_ms, service.asyncio, link.WebSocketClient = kept
        if self.client is not None:
            self.client.carry()


class Task:
    """A coroutine whose pauses are of virtual time; `due` is the tick at which it goes on."""

    def __init__(self, coroutine, now: int) -> None:
        self._coroutine = coroutine
        self.due = now
        self.done = False

    def go_on(self, now: int) -> None:
        """Run to the next pause."""
        delay_ms = 0
        for _ in range(_SLICES):
            try:
                delay_ms = self._coroutine.send(None)
            except StopIteration:
                self.done = True
            if delay_ms or self.done:
                break
        self.due = ticks.add(now, delay_ms or STEP_MS)

    def close(self) -> None:
        """Go on no more."""
        self._coroutine.close()
        self.done = True


class Pause:
    """What a coroutine awaits in the place of `aio.sleep_ms`; it hands the time over to `Task`."""

    def __init__(self, delay_ms: int) -> None:
        self._delay_ms = delay_ms
        self._is_over = False

    def __iter__(self) -> "Pause":
        return self

    __await__ = __iter__

    def __next__(self) -> int:
        if self._is_over:
            raise StopIteration
        self._is_over = True
        return self._delay_ms


class Scheduler:
    """What the service takes for asyncio."""

    @staticmethod
    def create_task(coroutine) -> "Running":
        """Take the client's task, which has nothing to do."""
        coroutine.close()
        return Running()


class Running:
    """A task that never ends by itself."""

    def done(self) -> bool:
        """Tell that it goes on."""
        return False

    def cancel(self) -> None:
        """Do nothing: it holds nothing."""


class Client:
    """The WebSocketClient of a station that reaches its back end whenever the world allows it, and at once."""

    def __init__(self, back_end: BackEnd, url: str, handler) -> None:
        self.url = url
        self.connected = False
        self.last_error: "Any" = None
        self.may_connect = None
        # What the back end sends waits.
        self.held = False
        self._back_end = back_end
        self._handler = handler
        self._sent: list = []
        self._received: list = []
        self._closed = False

    async def run(self) -> None:
        """Do nothing; see `follow`."""

    def set_ping(self, *_) -> None:
        """Do nothing: a connection that is lost is noticed at once."""

    def expect(self, *_) -> None:
        """Do nothing: a back end that does not answer still answers pings."""

    def retry(self) -> None:
        """Do nothing: there are no pauses."""

    def reconnect(self) -> None:
        """Close the connection, and make a new one with the next step."""
        self._lose(None)

    def hold(self, is_held: bool) -> None:
        """Let what the back end sends wait, or not any more."""
        self.held = is_held

    async def close(self, *_) -> None:
        """Leave for good."""
        self._closed = True
        self._lose(None)

    def offer(self, message) -> bool:
        """Take a message: a text, or its parts in bytes, or a tuple of their length and the parts."""
        if not self.connected:
            return False
        if not isinstance(message, str):
            parts = message[1] if isinstance(message, tuple) else message
            message = b"".join(list(parts)).decode()
        self._sent.append(message)
        return True

    def follow(self) -> None:
        """Be connected when that is possible."""
        if self._closed:
            return
        is_reached = self._back_end.is_reached()
        if self.connected and not is_reached:
            from sockets import errors

            self._lose(errors.LinkError(errors.CLOSED))
        elif is_reached and not self.connected and (self.may_connect is None or self.may_connect()):
            self.connected = True
            self._handler.on_open()

    def carry(self) -> None:
        """Hand over what the station has sent, and the answers to it, until nobody has more to say."""
        while self.connected and (self._sent or (self._received and not self.held)):
            if self._received and not self.held:
                self._handler.on_begin()
                self._handler.on_data(memoryview(self._received.pop(0).encode()))
                self._handler.on_end()
                continue
            answer = self._back_end.csms.receive(self._sent.pop(0))
            if answer:
                self._received.append(answer)

    def deliver(self, text: str) -> None:
        """Hand a message of the back end to the station, and carry what that answers."""
        self._received.append(text)
        self.carry()

    def _lose(self, error) -> None:
        if self.connected:
            self.connected = False
            self.last_error = error
            self._sent = []
            self._received = []
            self.held = False
            self._handler.on_close(error)
