"""One connector as the central system sees it: its status, and which notifications it still has to get.

Sources: OCPP 1.6 edition 2 section 4.9; errata 3.19 to 3.22 and 3.89.
"""

import json

from micropython import const

from .times import text as time_text

AVAILABLE = "Available"
PREPARING = "Preparing"
CHARGING = "Charging"
SUSPENDED_EV = "SuspendedEV"
SUSPENDED_EVSE = "SuspendedEVSE"
FINISHING = "Finishing"
RESERVED = "Reserved"
UNAVAILABLE = "Unavailable"
FAULTED = "Faulted"

NO_ERROR = "NoError"
LOCK_FAILURE = "ConnectorLockFailure"
_UNPLUGGED = "EV side disconnected"
# Statuses that were true for a moment while a notification was under way.
_PASSED_MAX = const(4)


class Report:
    """What a StatusNotification says; `up_s` is when it became true."""

    def __init__(self, status: str, error: str, info: str, vendor_error: str, up_s: int) -> None:
        self.status = status
        self.error = error or NO_ERROR
        self.info = info
        self.vendor_error = vendor_error
        self.up_s = up_s

    def same(self, other) -> bool:
        """Tell whether two reports say the same."""
        return (
            other is not None
            and self.status == other.status
            and self.error == other.error
            and self.info == other.info
            and self.vendor_error == other.vendor_error
        )

    def payload(self, connector: int, unix_s: int, vendor: str) -> str:
        """Return the payload of a StatusNotification; `unix_s` 0 when the time of the change is unknown."""
        text = '{"connectorId":%d,"errorCode":"%s","status":"%s"' % (connector, self.error, self.status)
        if unix_s:
            text += ',"timestamp":"%s"' % time_text(unix_s)
        if self.info:
            text += ',"info":' + json.dumps(self.info[:50])
        if self.vendor_error:
            text += ',"vendorId":%s,"vendorErrorCode":%s' % (
                json.dumps(vendor),
                json.dumps(self.vendor_error[:50]),
            )
        return text + "}"


class Connector:
    """Connector `number`, 0 for the charge point itself; `transaction` runs on it, or is None.

    `id_tag` is authorised to start a transaction once a car is plugged in, "" nobody; `parent` is its parent, and
    `profile` tells that a charging profile came with it. `keeper` holds id and parent of who may have the cable that is
    kept locked, or is None.
    """

    def __init__(self, number: int) -> None:
        self.number = number
        self.transaction = None
        self.id_tag = ""
        self.parent = ""
        self.profile = False
        # This car was let in without a card, once.
        self.vended = False
        self.keeper: "tuple | None" = None
        self.forced = False
        # By then a transaction begins even if its beginning is not safe from a power cut, -1 while it is.
        self.ready_s = -1
        # Not before then: the last notification was not answered.
        self.hold_s = 0
        # The time of the last one.
        self.told_s = 0
        self.report: "Report | None" = None
        self.reported: "Report | None" = None
        self._passed: list = []
        self._finishing = False
        self._unplugged = False
        self._preparing_s = -1

    @property
    def status(self) -> str:
        """The present status."""
        return self.report.status if self.report is not None else AVAILABLE

    @property
    def idle(self) -> bool:
        """Tell whether nobody uses it, and all that is to be told of it is told."""
        report = self.report
        return (
            report is not None
            and report.status in (AVAILABLE, FAULTED)
            and report.same(self.reported)
            and not (self.transaction or self.id_tag or self.keeper or self.forced or self._passed)
        )

    def authorise(self, id_tag: str, parent: str, profile: bool = False) -> None:
        """Let an identifier start a transaction as soon as a car is plugged in."""
        self.id_tag = id_tag
        self.parent = parent
        self.profile = profile
        self._finishing = False
        # The time for the driver counts anew from now (section 9.1.6).
        self._preparing_s = -1

    def forget(self) -> None:
        """Take the authorisation back."""
        self.id_tag = self.parent = ""
        self.profile = False

    def ended(self, unplugged: bool) -> None:
        """Note that the transaction has ended, maybe because the car was unplugged."""
        self.transaction = None
        self._finishing = True
        self._unplugged = unplugged

    def step(self, up_s: int, facts, operative: bool, reserved: bool, timeout_s: int, online: bool) -> None:
        """Follow the facts; `timeout_s` is ConnectionTimeOut."""
        occupied = facts.plugged or facts.cable
        if not occupied:
            self.keeper = None
            # For once it is told, even when the plug is out already.
            if self.status == FINISHING:
                self._finishing = False
        status = self._derive(facts, occupied, operative, reserved)
        running = self.transaction
        if running is not None:
            # Until the car takes what it is offered, a new transaction is no suspended one.
            if (
                up_s < running.settled_s
                and status in (SUSPENDED_EV, SUSPENDED_EVSE)
                and self.status not in (CHARGING, SUSPENDED_EV, SUSPENDED_EVSE)
            ):
                status = PREPARING
            self._preparing_s = -1
        elif status == PREPARING:
            if self._preparing_s < 0:
                self._preparing_s = up_s
            elif up_s - self._preparing_s >= timeout_s and not (self.id_tag and facts.plugged):
                self.forget()
                self._finishing = occupied
                self._unplugged = False
                status = self._derive(facts, occupied, operative, reserved)
        if status != PREPARING:
            self._preparing_s = -1
        info = self._info(status, facts) or facts.info
        self._note(Report(status, facts.error, info, facts.vendor_error, up_s), online)

    def next_report(self, up_s: int, minimum_s: int) -> "Report | None":
        """Return what is to be told next, None when nothing is; a status must have lasted for `minimum_s`."""
        if self.report is None or up_s < self.hold_s:
            return None
        if self._passed and minimum_s == 0:
            return self._passed[0]
        if self.forced or self.reported is None:
            return self.report
        if not self.report.same(self.reported) and up_s - self.report.up_s >= minimum_s:
            return self.report
        return None

    def told(self, report: Report) -> None:
        """Note that the central system has got a report."""
        if self._passed and self._passed[0] is report:
            self._passed.pop(0)
        elif report is self.report:
            self.forced = False
        self.reported = report

    def disconnected(self) -> None:
        """Forget what was only true for a moment: of the past only the present counts (section 4.9)."""
        self._passed = []
        self.forced = False
        self.hold_s = 0

    def _note(self, report: Report, online: bool) -> None:
        before = self.report
        if report.same(before):
            return
        if online and before is not None and not before.same(self.reported):
            if len(self._passed) == _PASSED_MAX:
                self._passed.pop(1)
            self._passed.append(before)
        self.report = report

    def _derive(self, facts, occupied: bool, operative: bool, reserved: bool) -> str:
        if facts.faulted:
            return FAULTED
        transaction = self.transaction
        if transaction is not None:
            if not facts.plugged:
                return SUSPENDED_EV
            if not transaction.energy or not facts.offers:
                return SUSPENDED_EVSE
            return CHARGING if facts.charges else SUSPENDED_EV
        if not operative:
            return UNAVAILABLE
        if self._finishing:
            return FINISHING
        if self.number and (self.id_tag or occupied) and not (reserved and not self.id_tag):
            return PREPARING
        return RESERVED if reserved else AVAILABLE

    def _info(self, status: str, facts) -> str:
        if (status == SUSPENDED_EV and not facts.plugged) or (status == FINISHING and self._unplugged):
            return _UNPLUGGED
        return ""
