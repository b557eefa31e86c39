"""Charging profiles on LittleFS in RAM, the power cut at every block write: the old state or the new one."""

import json
import sys

from power_cut import ROOT, PowerCut, at_every_write, formatted, mount, unmount

from ocpp16.profile_file import ProfileFile
from ocpp16.profile_store import ProfileStore
from ocpp16.smart import SmartCharging

PATH = ROOT + "/profiles"
BLOCKS = 160


def bench():
    if "host_tests/core" not in sys.path:
        sys.path.insert(0, "host_tests/core")
    import ocpp_smart_bench  # pyright: ignore[reportMissingImports]

    return ocpp_smart_bench


class Station:
    """Smart charging on the flash that is mounted."""

    def __init__(self):
        self.charging = False
        self.now_s = bench().DAY_S
        self.store = ProfileStore(ProfileFile(PATH, lambda: not self.charging))
        self.smart = SmartCharging(self.store)
        for _ in self.smart.load():
            pass
        assert self.store.damaged == 0

    def set(self, **more):
        data = json.dumps({"connectorId": 1, "csChargingProfiles": bench().profile(**more)}).encode()
        request = self.smart.begin_set()
        request.feed(data)
        return json.loads(self.smart.set(request.end(), self.now_s))["status"]

    def contents(self):
        """Return every profile with all of its periods, by falling level."""
        found = []
        buffer = bytearray(224)
        for slot in self.store.order[: self.store.count]:
            periods = b""
            for first in range(0, self.store.byte(slot, 3), 32):
                count = self.store.read(slot, first, buffer)
                periods += bytes(buffer[: 7 * count])
            found.append((bytes(self.store.packed(slot)), periods))
        self.store.rest()
        return found


class Follower:
    """Makes changes one after another; the states between them are known from a round without a cut."""

    def __init__(self, data, changes):
        self._changes = changes
        self._begun = self._kept = 0
        mount(data)
        station = Station()
        self._states = [station.contents()]
        for change in changes:
            change(station)
            self._states.append(station.contents())

    def work(self, flash):
        self._begun = self._kept = 0
        station = Station()
        for change in self._changes:
            self._begun += 1
            change(station)
            if flash.dead:
                raise PowerCut
            if not station.store.is_dirty():
                self._kept = self._begun

    def check(self, cut):
        found = Station()
        state = found.contents()
        assert state in self._states[self._kept : self._begun + 1], (cut, self._kept, self._begun, len(state))
        # And it goes on from there.
        assert found.set(number=77, level=77) == "Accepted"
        while found.smart.step(found.now_s):
            pass
        shown = found.contents()
        assert Station().contents() == shown

    def cut_everywhere(self, data, what, least):
        cuts = at_every_write(data, self.work, self.check)
        print("profiles, %s: %d power cuts" % (what, cuts))
        assert cuts > least


def setting(number, level, limit, count):
    periods = [(index * 60, limit) for index in range(count)]
    return lambda station: station.set(number=number, level=level, periods=periods)


def clearing(number):
    return lambda station: station.smart.clear(number, None, None, None, station.now_s)


def step(station):
    station.smart.step(station.now_s)


def later(station):
    station.now_s += 100000
    step(station)


def test_setting_replacing_and_clearing():
    data = bytes(formatted(BLOCKS).data)
    changes = [setting(index, index, 6 + index, 1 + index * 20) for index in range(6)]
    # One that replaces two, and what was replaced before.
    changes += [setting(1, 2, 30, 10), setting(4, 4, 31, 255), clearing(3), clearing(None)]
    changes += [setting(9, 9, 9, 3)]
    Follower(data, changes).cut_everywhere(data, "setting and clearing", 40)


def test_what_came_while_charging_is_written_as_one():
    flash = formatted(BLOCKS)
    station = Station()
    for index in range(5):
        setting(index, index, 10 + index, 30)(station)
    data = bytes(flash.data)

    def charge(station):
        station.charging = True
        setting(1, 2, 8, 100)(station)
        clearing(4)(station)
        setting(8, 8, 13, 1)(station)
        station.charging = False

    Follower(data, [charge, step]).cut_everywhere(data, "after charging", 3)


def test_writing_the_file_anew():
    flash = formatted(BLOCKS)
    station = Station()
    for turn in range(34):
        setting(turn % 6, turn % 6, turn % 30, 60)(station)
        station.now_s += 300
    size = station.store._file.size
    data = bytes(flash.data)
    changes = [later, step, step, setting(1, 1, 28, 1), step, clearing(2), step, setting(0, 7, 5, 9)] + [
        step
    ] * 5
    Follower(data, changes).cut_everywhere(data, "written anew", 10)
    mount(data)
    station = Station()
    for change in changes:
        change(station)
    assert station.store._file.size < size // 3
    unmount()
