"""A charge point's smart charging with a file, for tests: JSON in, answers and limits out."""

import json
import os
import sys

from micropython import const

from ocpp16.profile_file import ProfileFile
from ocpp16.profile_store import ProfileStore
from ocpp16.rpc import CallError
from ocpp16.smart import SmartCharging

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from typing import Any

# 2026-02-28 00:00:00 UTC, a Saturday.
DAY_S = 1772236800
DAY = "2026-02-28T00:00:00Z"


def fresh_path(name):
    """Return a path where nothing is; interpreters run beside each other."""
    path = "/tmp/ocpp-smart-%s-%s-%d" % (name, sys.implementation.name, id(sys))
    for suffix in ("", ".new", ".damaged"):
        try:
            os.remove(path + suffix)
        except OSError:
            pass
    return path


def moment(second_s):
    """Return the unix seconds so long after DAY_S."""
    return DAY_S + second_s


def period(start_s, limit, phases=None):
    found = {"startPeriod": start_s, "limit": limit}
    if phases is not None:
        found["numberPhases"] = phases
    return found


def profile(number=1, purpose="TxDefaultProfile", kind="Absolute", level=0, periods=((0, 16),), **more):
    """Return a charging profile; a None takes a field away. Fields of the schedule are found by their names."""
    schedule = {
        "chargingRateUnit": "A",
        "chargingSchedulePeriod": [period(*item) for item in periods],
    }
    if kind == "Absolute":
        schedule["startSchedule"] = DAY
    found = {
        "chargingProfileId": number,
        "stackLevel": level,
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": kind,
        "chargingSchedule": schedule,
    }
    for name in more:
        inside = (
            schedule
            if name in ("duration", "startSchedule", "chargingRateUnit", "minChargingRate")
            else found
        )
        inside[name] = more[name]
        if more[name] is None:
            del inside[name]
    return found


class Bench:
    """One charge point, restarted with `restart`; `charging` closes the contactor."""

    def __init__(self, name, connectors=1, offset_s=None, **options):
        self.path = fresh_path(name)
        self.charging = False
        self.spare: "Any" = None
        self._connectors = connectors
        self._offset_s = offset_s
        self._options = options
        self.lines = []
        self.now_s = DAY_S
        self.restart()

    def restart(self):
        """Begin anew with what is in the file."""
        self.file = ProfileFile(self.path, lambda: not self.charging)
        self.store = ProfileStore(self.file, spare=self.spare, **self._options)
        self.smart = SmartCharging(self.store, self._connectors, self._offset_s, self.lines.append)
        for _ in self.smart.load():
            pass

    def send(self, payload, at_once=300):
        """Send a SetChargingProfile; return the status, or the code of the CALLERROR."""
        return self.send_text(
            json.dumps({"connectorId": payload[0], "csChargingProfiles": payload[1]}), at_once
        )

    def send_text(self, text, at_once=300):
        """Send the payload of a SetChargingProfile as text."""
        data = text.encode()
        try:
            request = self.smart.begin_set()
            for at in range(0, len(data), at_once):
                request.feed(memoryview(data)[at : at + at_once])
            return json.loads(self.smart.set(request.end(), self.now_s))["status"]
        except CallError as error:
            return error.code
        except ValueError:
            return "FormationViolation"

    def set(self, *connector, **more):
        """Send a SetChargingProfile with `profile(...)`, of connector 1 unless another one is given."""
        return self.send((connector[0] if connector else 1, profile(**more)))

    def start_remotely(self, connector=1, start=True, **more):
        """Send a RemoteStartTransaction with a profile; return whether the start is granted, or a code."""
        payload = {"idTag": "CARD", "connectorId": connector, "chargingProfile": profile(**more)}
        try:
            request = self.smart.begin_remote_start()
            request.feed(json.dumps(payload).encode())
            granted = self.smart.stage(request.end(), self.now_s)
        except CallError as error:
            return error.code
        if granted and start:
            self.begin(connector)
        return granted

    def begin(self, connector=1, number=None):
        """Begin a transaction now."""
        self.smart.transaction_started(connector, self.now_s, self.now_s)
        if number is not None:
            self.smart.transaction_id(connector, number, self.now_s)

    def clear(self, number=None, connector=None, purpose=None, level=None):
        return json.loads(self.smart.clear(number, connector, purpose, level, self.now_s))["status"]

    def settle(self):
        """Let it do all it has to do."""
        count = 0
        while self.smart.step(self.now_s):
            count += 1
            assert count < 100000

    def offer(self, second_s=None, connector=1):
        """Return what holds so long after DAY_S, or now."""
        if second_s is not None:
            self.now_s = moment(second_s)
        offer = self.smart.limit(self.now_s, connector)
        for _ in range(2000):
            if offer.holds(self.now_s):
                return offer
            offer = self.smart.limit(self.now_s, connector)
        raise AssertionError("no limit")

    def amps(self, second_s=None, connector=1):
        """Return the limit in A, -1 for none."""
        limit_ma = self.offer(second_s, connector).limit_ma
        return limit_ma // 1000 if limit_ma >= 0 else -1

    def composite(self, duration_s, connector=1, unit=None):
        """Return the answer to a GetCompositeSchedule as an object."""
        return json.loads("".join(self.smart.composite(connector, duration_s, unit, self.now_s)))

    def plan(self, duration_s, connector=1, unit=None):
        """Return the composite schedule as pairs of start and limit."""
        answer = self.composite(duration_s, connector, unit)
        assert answer["status"] == "Accepted"
        return [
            (item["startPeriod"], item["limit"])
            for item in answer["chargingSchedule"]["chargingSchedulePeriod"]
        ]
