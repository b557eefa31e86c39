"""A charge point with smart charging whose files count what is written, for peers that repeat themselves."""

import json

from ocpp_local_bench import Gate
from ocpp_rig import Rig
from ocpp_smart_bench import fresh_path

from ocpp16.profile_file import ProfileFile
from ocpp16.profile_store import ProfileStore
from ocpp16.smart import SmartCharging
from ocpp16.times import text as time_text


class Questions:
    """What central systems ask, on top of `answer` and `now_s`."""

    def answer(self, action, **payload):
        """Send a CALL and return its answer."""
        raise NotImplementedError

    def now_s(self) -> int:
        """Return the time in unix seconds."""
        raise NotImplementedError

    def keys(self, *names):
        """Return what GetConfiguration tells of some keys, or of all, by their names."""
        answer = self.answer("GetConfiguration", **({"key": list(names)} if names else {}))
        return {entry["key"]: entry.get("value") for entry in answer["configurationKey"]}

    def change(self, key, value) -> str:
        return self.answer("ChangeConfiguration", key=key, value=value)["status"]

    def ago(self, seconds) -> str:
        """Return the time that long ago as text."""
        return time_text(self.now_s() - seconds)


class PeerRig(Questions, Rig):
    """`writes` counts changes of the file of profiles; power may be cut between them."""

    def __init__(self, name, **values) -> None:
        self.path = fresh_path(name)
        self.gate = Gate()
        self.writes = 0
        Rig.__init__(self, **values)
        self.config_store.writes = 0

    def smart(self):
        """Return smart charging with the profiles that are in the file."""
        file = self.profile_file = ProfileFile(self.path, self.gate)
        append = file.append

        def counted(pieces):
            self.writes += 1
            append(pieces)

        file.append = counted
        made = SmartCharging(ProfileStore(file), self.station.connectors)
        for _ in made.load():
            pass
        return made

    def step(self) -> None:
        """Let the parts that the station drives do what is due, too."""
        Rig.step(self)
        while self.cp.pending.work():
            pass
        self.config.step((self.now_ms - self.began_ms & 0x3FFFFFFF) // 1000, self.gate())
        for _ in range(100):
            if not self.cp.smart.step(self.unix_s):
                break

    def boot(self) -> None:
        self.began_ms = self.now_ms
        Rig.boot(self)

    def now_s(self) -> int:
        return self.unix_s

    def limit_a(self) -> int:
        """Return the limit of connector 1 in A, -1 without one."""
        limit_ma = self.cp.smart.limit(self.unix_s, 1).limit_ma
        return limit_ma // 1000 if limit_ma >= 0 else -1

    def answer(self, action, **payload):
        """Send a CALL whose answer may come a moment later, and return that."""
        message_id = self.central.ask_later(action, payload)
        for _ in range(3):
            if self.central.result(message_id) is None:
                self.run(1)
        found = self.central.result(message_id)
        assert found is not None, (action, payload)
        return found


def schedule_of(answer):
    """Return (start, limit) of every period of a composite schedule."""
    assert answer["status"] == "Accepted", json.dumps(answer)
    return [
        (period["startPeriod"], period["limit"])
        for period in answer["chargingSchedule"]["chargingSchedulePeriod"]
    ]
