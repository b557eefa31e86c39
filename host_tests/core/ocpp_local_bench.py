"""What tests of keys, lists and meter values stand on: a store in memory, a file of identifiers, a meter."""

import os
import sys

from ocpp16.configuration import Configuration
from ocpp16.meter_values import Reading
from ocpp16.tag_file import TagFile

# 2026-01-31T12:00:00Z, a moment of every grid.
NOON = 1769860800


class MemoryStore:
    """Keeps what is saved, as a `Store` does; `writes` counts, and `broken` lets writing fail."""

    def __init__(self, value=None) -> None:
        self.value = value
        self.writes = 0
        self.broken = False

    def load(self) -> tuple:
        return 1, None if self.value is None else dict(self.value)

    def save(self, value: dict) -> None:
        if self.broken:
            raise OSError(28)
        self.writes += 1
        self.value = dict(value)


class SettingRows:
    """Settings of a station that are OCPP keys as well."""

    def __init__(self, values: dict) -> None:
        self.values = values

    def has(self, name: str) -> bool:
        return name in self.values

    def text(self, name: str) -> str:
        return self.values[name]

    def put(self, name: str, text: str) -> None:
        if text == "refused":
            raise ValueError("refused by the settings")
        self.values[name] = text


class Gate:
    """Whether flash may be written."""

    def __init__(self) -> None:
        self.open = True

    def __call__(self) -> bool:
        return self.open


def configuration(**values) -> Configuration:
    """Return a configuration with other values than the defaults."""
    config = Configuration(MemoryStore())
    # The one that allows others comes first.
    for name in sorted(values, key=lambda name: name != "OCPPViaLocalNetworkMinInterval"):
        config.put(name, values[name])
    return config


def new_path(name: str) -> str:
    """Return a path where nothing is; interpreters run beside each other."""
    path = "/tmp/ocpp-%s-%s-%d" % (name, sys.implementation.name, id(sys))
    for suffix in ("", ".new", ".damaged"):
        try:
            os.remove(path + suffix)
        except OSError:
            pass
    return path


def tag_file(name: str) -> tuple:
    """Return an empty file of identifiers, its gate and its path."""
    path = new_path(name)
    gate = Gate()
    return TagFile(path, gate), gate, path


def reading(**values) -> Reading:
    """Return what a three-phase meter shows."""
    found = Reading()
    found.currents_ma = [16049, 15950, 6000]
    found.voltages_dv = [2301, 2305, 2299]
    found.powers_w = [3690, 3670, 1379]
    found.energy_wh = 1234567
    found.frequency_dhz = 500
    found.temperature_c = 41
    found.offered_ma = 16999
    for name in values:
        setattr(found, name, values[name])
    return found


def refused(function, *arguments) -> str:
    """Return the text of the ValueError that a call must raise."""
    try:
        function(*arguments)
    except ValueError as error:
        return str(error)
    raise AssertionError("accepted")
