"""One connection of a charge point: calls both ways, with faults on the way if they are wanted."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING, Any

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from .answers import CallRefused
from .checks import Checks
from .faults import OUTGOING
from .messages import BAD, CALL, ERROR, IN, OUT, RESULT, BadMessage, Message, dump, parse
from .schema import problems

if TYPE_CHECKING:
    from .server import Csms


class Link:
    """A charge point that is connected now; `checks` outlives the connection."""

    def __init__(
        self, csms: Csms, connection: ServerConnection, charge_point: str, checks: Checks, number: int
    ) -> None:
        self.csms = csms
        self.charge_point = charge_point
        self.checks = checks
        self.number = number
        self._connection = connection
        self._last_id = 0
        self._asked: dict[str, tuple[str, asyncio.Future[dict[str, Any]]]] = {}
        self._asked_before: dict[str, str] = {}
        self._one_call = asyncio.Lock()
        # What goes out behind the next message.
        self._held: list[str] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self) -> None:
        """Answer until the connection ends."""
        try:
            async for text in self._connection:
                if not self._hear(text):
                    self.abort()
                    return
        except ConnectionClosed:
            pass
        finally:
            for task in self._tasks:
                task.cancel()
            for _, future in self._asked.values():
                if not future.done():
                    future.set_exception(ConnectionError("the connection ended before the answer"))

    async def call(self, action: str, payload: dict[str, Any], timeout_s: float = 30.0) -> dict[str, Any]:
        """Make a call, one after another; return the answer. Raises CallRefused, ConnectionError, TimeoutError."""
        async with self._one_call:
            self._last_id += 1
            unique_id = f"{self.number}-{self._last_id}"
            future: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
            self._asked[unique_id] = (action, future)
            self._asked_before[unique_id] = action
            try:
                await self._send(CALL, unique_id, action, payload)
                return await asyncio.wait_for(future, timeout_s)
            finally:
                del self._asked[unique_id]

    async def send_text(self, text: str | bytes) -> None:
        """Send anything, message or not."""
        await self._connection.send(text)

    async def ping(self) -> float:
        """Return after how many seconds a ping was answered."""
        began = time.monotonic()
        await (await self._connection.ping())
        return time.monotonic() - began

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Close in good order."""
        await self._connection.close(code, reason)

    def abort(self) -> None:
        """Break the connection without a word."""
        self._connection.transport.abort()

    def complain(self, problem: str) -> None:
        """Note what the charge point does wrong."""
        self.csms.note_problem(self.charge_point, problem)

    def _hear(self, text: str | bytes) -> bool:
        """Take a message; return False when the connection is to break instead."""
        try:
            kind, unique_id, action, payload = parse(text)
        except BadMessage as error:
            self._note(IN, BAD, "", "", f"{error}: {text[:200]!r}")
            return True
        if kind != CALL:
            action = self._asked_before.get(unique_id, "")
        if self.csms.faults.choose(action, ("lose",)):
            return False
        self._note(IN, kind, unique_id, action, payload)
        if kind == CALL:
            self._start(self._answer(unique_id, action, payload))
        elif unique_id in self._asked:
            future = self._asked[unique_id][1]
            if future.done():
                self.complain(f"a second answer to {action} {unique_id}")
            elif kind == RESULT:
                future.set_result(payload)
            else:
                future.set_exception(CallRefused(payload["code"], payload["description"], payload["details"]))
        return True

    def _start(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, unique_id: str, action: str, payload: dict[str, Any]) -> None:
        try:
            answer = self._make_answer(action, payload)
            if answer is None:
                return
            await self._send(RESULT, unique_id, action, answer)
        except CallRefused as error:
            await self._send(ERROR, unique_id, action, vars(error))
        except ConnectionClosed:
            pass

    def _make_answer(self, action: str, payload: dict[str, Any]) -> dict[str, Any] | None:
        wrong = problems(CALL, action, payload)
        if action not in self.csms.answers:
            raise CallRefused("NotImplemented", action)
        if wrong and self.csms.strict:
            raise CallRefused("FormationViolation", wrong[0][:255])
        answer = self.csms.answers[action]
        return answer(self, payload) if callable(answer) else answer

    async def _send(self, kind: str, unique_id: str, action: str, payload: dict[str, Any]) -> None:
        if kind == ERROR:
            words = [4, unique_id, payload["code"], payload["description"], payload["details"]]
        else:
            words = [2, unique_id, action, payload] if kind == CALL else [3, unique_id, payload]
        text = dump(words)
        fault = self.csms.faults.choose(action, OUTGOING)
        if fault == "delay":
            await asyncio.sleep(self.csms.faults.wait_s())
        if fault in ("drop", "silence"):
            if fault == "drop":
                self.abort()
            return
        if fault == "cut":
            self._send_half_a_frame(text)
            return
        if fault == "reorder":
            self._held.append(text)
            return
        if fault == "truncate":
            await self._connection.send(text[: len(text) // 2])
            return
        self._note(OUT, kind, unique_id, action, json.loads(dump(payload)))
        await self._connection.send(text)
        if fault == "duplicate":
            await self._connection.send(text)
        held, self._held = self._held, []
        for late in held:
            await self._connection.send(late)

    def _send_half_a_frame(self, text: str) -> None:
        """Send the head of a frame and half of its content, and nothing more."""
        data = text.encode()
        size = len(data)
        head = bytes([0x81, size]) if size < 126 else bytes([0x81, 126]) + size.to_bytes(2, "big")
        self._connection.transport.write(head + data[: size // 2])
        self._connection.transport.close()

    def _note(self, direction: str, kind: str, unique_id: str, action: str, payload: Any) -> None:
        message = Message(
            time.time(), self.charge_point, self.number, direction, kind, unique_id, action, payload
        )
        self.csms.note(message)
        for problem in self.checks.see(message):
            self.complain(problem)
