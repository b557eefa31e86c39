"""Messages that the central system has asked for (OCPP 1.6 section 5.17, security whitepaper A02 and 5.5).

They go out even while the registration is Pending, and after the answer to what asked for them.
"""

from micropython import const

from . import meter_values as mv

_ACCEPTED = "Accepted"
_REJECTED = "Rejected"
_IDLE = '{"status":"Idle"}'
# What other parts tell; without them nothing of the kind is going on.
_PLAIN = ("DiagnosticsStatusNotification", "FirmwareStatusNotification")
_EXTENDED = {
    "LogStatusNotification": "LogStatusNotification",
    "FirmwareStatusNotification": "SignedFirmwareStatusNotification",
    "SignChargePointCertificate": "SignCertificate",
}
_WAITING_MAX = const(8)


class Triggers:
    """`cp` is the ChargePoint; its `reports` maps an action to what returns its payload, None for not now."""

    def __init__(self, cp) -> None:
        self._cp = cp
        self._meters = 0
        self._heartbeat = False
        self._waiting: list = []

    def ask(self, message: str, number, extended: bool) -> str:
        """Note what is asked for, of one connector or of all (None); return the status of the answer."""
        cp = self._cp
        last = len(cp.connectors)
        if message == "BootNotification":
            # Not once it is accepted (errata 3.35).
            if cp.boot.accepted:
                return _REJECTED
            cp.boot.triggered = True
        elif message == "Heartbeat":
            self._heartbeat = True
        elif message == "StatusNotification":
            if number is not None and not 0 <= number < last:
                return _REJECTED
            for connector in cp.connectors:
                if number in (None, connector.number):
                    connector.forced = True
        elif message == "MeterValues":
            return self._ask_meters(number, last)
        else:
            return self._ask_other(message, extended)
        return _ACCEPTED

    def send(self) -> bool:
        """Send one message that was asked for; True when it is on its way."""
        cp = self._cp
        if self._heartbeat:
            self._heartbeat = False
            return cp.boot.send_heartbeat(True)
        if cp.notices.send_status(True):
            return True
        number = 0
        while self._meters >> number:
            if self._meters >> number & 1:
                self._meters &= ~(1 << number)
                payload = self._values(number)
                if payload is not None:
                    return cp.call("MeterValues", payload)
            number += 1
        if self._waiting:
            action = self._waiting.pop(0)
            report = cp.reports.get(action)
            payload = report() if report is not None else _IDLE
            return payload is not None and cp.call(action, payload)
        return False

    def _ask_meters(self, number, last: int) -> str:
        wanted = 0
        for place in range(last):
            if number in (None, place) and self._values(place) is not None:
                wanted |= 1 << place
        self._meters |= wanted
        return _ACCEPTED if wanted else _REJECTED

    def _ask_other(self, message: str, extended: bool) -> str:
        action = _EXTENDED.get(message) if extended else message if message in _PLAIN else None
        if action == "SignCertificate" and self._cp.extras is not None:
            self._cp.extras.need(action)
        if action is None or (action == "SignCertificate" and action not in self._cp.reports):
            return "NotImplemented"
        if action not in self._waiting:
            if len(self._waiting) == _WAITING_MAX:
                return _REJECTED
            self._waiting.append(action)
        return _ACCEPTED

    def _values(self, number: int):
        """Return the MeterValues.req of a connector as it is now, None when there is nothing to tell."""
        cp = self._cp
        if not cp.now.unix_s:
            # A value needs its time.
            return None
        reading = cp.transactions.samples.read(cp.connectors[number])
        packed = cp.samplers[number].take(mv.TRIGGER, reading, cp.now.unix_s)
        items = cp.samplers[number].items(mv.TRIGGER)
        if next(mv.pieces(packed, items, number), None) is None:
            return None
        running = cp.connectors[number].transaction
        if running is None or running.waiting:
            # Whether one from before a restart goes on is not known yet.
            return mv.request(packed, items, number, None)
        return mv.request(packed, items, number, running.transaction_id)
