"""A back end of OCPP 1.6-J in virtual time: it answers what a station sends, and asks for what a scenario says.

Messages are texts as WebSocket carries them; `bench.csms_link` carries them.
"""

import json

from micropython import const

from bench.clients import ordered
from evse.core.errors import FieldError

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from typing import Any

# What a station may send.
_ACTIONS = (
    "Authorize BootNotification DataTransfer DiagnosticsStatusNotification FirmwareStatusNotification Heartbeat "
    "LogStatusNotification MeterValues SecurityEventNotification SignCertificate SignedFirmwareStatusNotification "
    "StartTransaction StatusNotification StopTransaction"
)
_SENT = "ocpp.sent"
# The answer to the last request as JSON with its keys in order; its status, or the code of a CALLERROR.
_ANSWER = "ocpp.answer"
_STATUS = "ocpp.answer.status"
# What the station shows of a back end, while none is chosen.
_NO_BACK_END = {
    "ocpp.accepted": False,
    "ocpp.url": "",
    "ocpp.status": "",
    "ocpp.transaction": -1,
    "ocpp.id_tag": "",
    "ocpp.queue": 0,
    "ocpp.limit_ma": -1,
    "ocpp.profile": "",
    "ocpp.profiles": 0,
    "ocpp.offline_limit_ma": -1,
}
_ERROR_CODES = (
    "NotImplemented NotSupported InternalError ProtocolError SecurityError FormationViolation "
    "PropertyConstraintViolation OccurenceConstraintViolation TypeConstraintViolation GenericError"
)
_CALL = const(2)
_RESULT = const(3)
_ERROR = const(4)
_HEARTBEAT_S = const(300)
# Its time of day while the world has none: 2026-01-01T00:00:00Z and what has passed.
_BEGIN_S = const(1767225600)
# Of a BootNotification; not shown, because a scenario is the same with every image.
_OF_THE_IMAGE = ("chargePointModel", "firmwareVersion")
_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def check_request(words) -> None:
    """Raise FieldError unless `words` are a message of a back end and its payload."""
    if (
        not isinstance(words, list)
        or len(words) != 2
        or not isinstance(words[0], str)
        or not isinstance(words[1], dict)
        or not words[0]
        or words[0].strip(_LETTERS)
    ):
        raise FieldError(
            "ocpp", 'must be like ["ChangeAvailability", {"connectorId": 1, "type": "Operative"}]'
        )


def check_reply(words) -> None:
    """Raise FieldError unless `words` are a message of a station and what it is answered from now on."""
    if not isinstance(words, list) or len(words) not in (1, 2) or not isinstance(words[0], str):
        raise FieldError("csms_reply", 'must be like ["Authorize", {"idTagInfo": {"status": "Blocked"}}]')
    if words[0] not in _ACTIONS.split():
        raise FieldError("csms_reply", "the message must be one of: " + _ACTIONS.replace(" ", ", "))
    answer = words[1] if len(words) == 2 else None
    if isinstance(answer, str) and answer in _ERROR_CODES.split():
        return
    if answer is not None and not isinstance(answer, dict):
        raise FieldError(
            "csms_reply", "the answer must be an object, null, or one of: " + _ERROR_CODES.replace(" ", ", ")
        )


def outputs_without() -> dict:
    """Return every output that is about a back end, as it is while there is none."""
    outputs: "dict[str, Any]" = {_SENT: [], _ANSWER: "", _STATUS: ""}
    for action in _ACTIONS.split():
        outputs[_SENT + "." + action] = ""
    outputs.update(_NO_BACK_END)
    return outputs


class Csms:
    """The back end of one scenario; it outlives the power cuts and restarts of the station.

    Its time of day is that of `world`; until that has one, it counts `now_ms()`. It knows the cards of `csms.cards`.
    """

    def __init__(self, world, now_ms) -> None:
        self._world = world
        self._now_ms = now_ms
        self._replies: dict = {}
        self._transactions = 0
        self._requests = 0
        # Actions and payloads that came in the time between the last two steps, and after the last one.
        self._before: list = []
        self._after: list = []
        self._outputs = outputs_without()
        for name in _NO_BACK_END:
            del self._outputs[name]

    def fill(self, outputs: dict) -> None:
        """Add its outputs, and those that the station does not show while no back end is chosen."""
        outputs.update(self._outputs)
        if "ocpp.queue" not in outputs:
            outputs.update(_NO_BACK_END)

    def reply(self, words: list) -> None:
        """Answer a message like this from now on, see `check_reply`; without an answer as at first."""
        if len(words) == 1:
            self._replies.pop(words[0], None)
        else:
            self._replies[words[0]] = words[1]

    def begin_step(self) -> None:
        """Begin a step of the scenario: what came before the last one is not shown any more."""
        if self._before or self._after:
            self._before = self._after
            self._after = []
            self._show()

    def forget_answer(self) -> None:
        """Show no answer, because something is asked for."""
        self._outputs[_ANSWER] = self._outputs[_STATUS] = ""

    def request(self, words: list) -> str:
        """Return the message that asks the station for something."""
        self._requests += 1
        return ordered([_CALL, self._id(), words[0], words[1]])

    def receive(self, text: str) -> str:
        """Take a message of the station; return the answer, "" for none."""
        message = json.loads(text)
        kind, message_id = message[0], message[1]
        if kind == _CALL:
            return self._answer(message_id, message[2], message[3])
        if message_id == self._id():
            # The station may answer an earlier request late; only the last one shows.
            if kind == _RESULT:
                self._outputs[_ANSWER] = ordered(message[2])
                self._outputs[_STATUS] = str(message[2].get("status", ""))
            else:
                self._outputs[_ANSWER] = "%s: %s" % (message[2], message[3])
                self._outputs[_STATUS] = message[2]
        return ""

    def _id(self) -> str:
        return "request-%d" % self._requests

    def _answer(self, message_id: str, action: str, payload: dict) -> str:
        shown = dict(payload)
        if action == "BootNotification":
            for name in _OF_THE_IMAGE:
                shown.pop(name, None)
        self._after = self._after + [(action, ordered(shown))]
        self._show()
        reply = self._replies.get(action, {})
        if reply is None:
            return ""
        if isinstance(reply, str):
            return ordered([_ERROR, message_id, reply, "", {}])
        found = self._default(action, payload)
        found.update(reply)
        return ordered([_RESULT, message_id, found])

    def _default(self, action: str, payload: dict) -> dict:
        """Return what accepts a message."""
        if action == "BootNotification":
            return {"status": "Accepted", "currentTime": self._time(), "interval": _HEARTBEAT_S}
        if action == "Heartbeat":
            return {"currentTime": self._time()}
        if action == "Authorize":
            return {"idTagInfo": self._info(payload)}
        if action == "StartTransaction":
            self._transactions += 1
            return {"idTagInfo": self._info(payload), "transactionId": self._transactions}
        return {"status": "Accepted"} if action in ("DataTransfer", "SignCertificate") else {}

    def _info(self, payload: dict) -> dict:
        cards = self._world.values["csms.cards"]
        is_known = cards is None or payload["idTag"] in cards.split()
        return {"status": "Accepted" if is_known else "Invalid"}

    def _time(self) -> str:
        # Late, as on a station that has no back end.
        from ocpp16 import times

        return times.text(self._world.unix_s() or _BEGIN_S + self._now_ms() // 1000)

    def _show(self) -> None:
        shown = self._before + self._after
        outputs = self._outputs
        for action in _ACTIONS.split():
            outputs[_SENT + "." + action] = ""
        outputs[_SENT] = [action for action, _ in shown]
        for action, payload in shown:
            outputs[_SENT + "." + action] = payload
