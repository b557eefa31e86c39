"""The remote procedure calls of OCPP-J 1.6: CALL, CALLRESULT and CALLERROR over a channel of text messages.

A received message comes in pieces: `receive_begin`, `receive_data`, `receive_end`. Short ones are collected; the
payload of an action that has a stream handler is handed over as it arrives, whatever its length. Time is in
seconds since start. Nothing that a peer sends raises an exception here.
"""

import json

from micropython import const

from .incoming import CALL, ERROR, RESULT, CallError, Incoming

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from collections.abc import Callable

# What `on_answer` is told besides the codes of a CALLERROR: no answer in time, connection closed, answer unusable.
TIMEOUT = "timeout"
LOST = "lost"
UNUSABLE = "unusable"

_ID_MAX = const(36)


class Rpc:
    """One end of the connection; the identity of a charge point outlives a connection, and so does this.

    `send(message)` takes a str, or an iterable of str that are one message; it never blocks. `on_call(message_id,
    action, payload)` returns the CALLRESULT's payload as such a message, or None to `answer` later; it may raise
    CallError. `stream_of(action)` returns a fresh handler with `feed(data)` and `end()`, which returns the payload for
    `on_call`, or None. `prefix` differs from boot to boot, so that no message id is used twice.
    """

    def __init__(self, send, on_call, stream_of, prefix: str, buffer_bytes: int = 4096) -> None:
        self._send = send
        self._on_call = on_call
        self._prefix = prefix
        self._number = 0
        self._incoming = Incoming(stream_of, buffer_bytes)
        self._waiting_id = ""
        self._on_answer: "Callable | None" = None
        self._deadline_s = 0
        self.on_error: "Callable | None" = None
        # Results to our calls, messages that were none, and when something was sent last.
        self.results = 0
        self.malformed = 0
        self.sent_s = 0

    @property
    def busy(self) -> bool:
        """Tell whether a call waits for its answer."""
        return self._waiting_id != ""

    @property
    def ids(self) -> tuple:
        """What message ids are made of: the prefix, and the number of the last one."""
        return self._prefix, self._number

    def resume(self, number: int, waiting_id: str, on_answer, deadline_s: int, sent_s: int) -> None:
        """Go on after the message of a number, with one that waits for its answer or ""."""
        self._number = number
        self._waiting_id = waiting_id
        self._on_answer = on_answer
        self._deadline_s = deadline_s
        self.sent_s = sent_s

    def call(self, action: str, payload, on_answer, timeout_s: int, now_s: int) -> bool:
        """Send a CALL; False when another one waits.

        `on_answer(payload, error)` gets a dict and "", or None and a code of CALLERROR, TIMEOUT, LOST or UNUSABLE.
        """
        if self._waiting_id:
            return False
        self._number += 1
        self._waiting_id = "%s-%d" % (self._prefix, self._number)
        self._on_answer = on_answer
        self._deadline_s = now_s + timeout_s
        self.sent_s = now_s
        self._put('[2,"%s","%s",' % (self._waiting_id, action), payload)
        return True

    def answer(self, message_id: str, payload) -> None:
        """Send the CALLRESULT of a CALL that was to be answered later."""
        self._put("[3," + json.dumps(message_id) + ",", payload)

    def refuse(self, message_id: str, code: str, text: str) -> None:
        """Send a CALLERROR."""
        self._put("[4,%s," % json.dumps(message_id), '"%s",%s,{}' % (code, json.dumps(text[:255])))

    def failed(self, message_id: str, error: Exception) -> None:
        """Answer a CALL with what went wrong."""
        if isinstance(error, CallError):
            if error.code:
                self.malformed += 1
                self.refuse(message_id, error.code, error.text)
            else:
                self.answer(message_id, '{"status":"Rejected"}')
        elif isinstance(error, ValueError):
            self.malformed += 1
            self.refuse(message_id, "FormationViolation", str(error))
        else:
            self._report(error)
            self.refuse(message_id, "InternalError", "")

    def poll(self, now_s: int) -> None:
        """Let the waiting call time out."""
        if self._waiting_id and now_s >= self._deadline_s:
            self._answered(None, TIMEOUT)

    def due_s(self) -> int:
        """Return when `poll` has something to do, -1 when never."""
        return self._deadline_s if self._waiting_id else -1

    def lost(self) -> None:
        """Note that the connection is gone."""
        self.receive_begin()
        if self._waiting_id:
            self._answered(None, LOST)

    def receive_begin(self) -> None:
        """Begin a message; one that did not end is forgotten."""
        self._incoming.begin()

    def receive_data(self, data) -> None:
        """Take the next bytes of a message."""
        self._incoming.data(data)

    def receive_end(self) -> None:
        """End a message and act on it."""
        incoming = self._incoming
        try:
            incoming.end()
            if incoming.stream is not None:
                self._end_stream()
            else:
                self._end_collected()
        except Exception as error:
            self._report(error)
        incoming.begin()

    def _put(self, head: str, payload) -> None:
        if isinstance(payload, str):
            self._send(head + payload + "]")
        else:
            self._send(_pieces(head, payload))

    def _end_stream(self) -> None:
        incoming = self._incoming
        try:
            payload = incoming.streamed()
        except Exception as error:
            self.failed(incoming.id, error)
            return
        self._called(payload)

    def _end_collected(self) -> None:
        incoming = self._incoming
        at = incoming.head()
        kind = incoming.kind
        waited = incoming.id == self._waiting_id != ""
        if kind == CALL and incoming.id:
            self._end_call(at)
        elif kind == RESULT and waited:
            self._end_result(at)
        elif kind == ERROR and waited:
            self._answered(None, incoming.word or "GenericError")
        elif kind not in (CALL, RESULT, ERROR) or not incoming.id:
            # Without an id it cannot be answered; other types are to be ignored (OCPP-J 4.1.3).
            self.malformed += 1

    def _end_call(self, at: int) -> None:
        incoming = self._incoming
        if incoming.failure is not None:
            self.failed(incoming.id, incoming.failure)
        elif at < 0 or not incoming.word or len(incoming.id) > _ID_MAX:
            self.failed(incoming.id, CallError("FormationViolation", "no proper CALL"))
        elif incoming.too_long:
            self.failed(incoming.id, CallError("GenericError", "message too long"))
        else:
            try:
                payload = incoming.payload(at)
            except (ValueError, RuntimeError):
                payload = None
            if isinstance(payload, dict):
                self._called(payload)
            else:
                self.failed(incoming.id, CallError("FormationViolation", "payload is no JSON object"))

    def _end_result(self, at: int) -> None:
        payload = None
        if at > 0 and not self._incoming.too_long:
            try:
                payload = self._incoming.payload(at)
            except (ValueError, RuntimeError):
                self.malformed += 1
        if isinstance(payload, dict):
            self.results += 1
            self._answered(payload, "")
        else:
            self._answered(None, UNUSABLE)

    def _called(self, payload) -> None:
        message_id = self._incoming.id
        try:
            answer = self._on_call(message_id, self._incoming.word, payload)
        except Exception as error:
            self.failed(message_id, error)
            return
        if answer is not None:
            self.answer(message_id, answer)

    def _answered(self, payload, error: str) -> None:
        on_answer = self._on_answer
        # Free before the owner is told: it may call again at once.
        self._waiting_id = ""
        self._on_answer = None
        try:
            if on_answer is not None:
                on_answer(payload, error)
        except Exception as failure:
            self._report(failure)

    def _report(self, error: Exception) -> None:
        if self.on_error:
            self.on_error(error)


def _pieces(head: str, payload):
    yield head
    yield from payload
    yield "]"
