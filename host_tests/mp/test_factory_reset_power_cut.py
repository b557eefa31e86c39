"""Factory reset on LittleFS in RAM with the power cut at every block write: nothing is gone, or all goes in the end."""

import os

from power_cut import ROOT, at_every_write, formatted

from evse.services import factory_reset
from evse.services.cards import CardStore
from evse.services.sessions_files import SessionFiles
from evse.services.sessions_record import Record
from evse.settings.store import EMPTY, LOADED, Store

CARD = "04A1B2C3D4E5F6"


def fill():
    """Write what a station that was used has, and two files that are not its own."""
    for name in ("settings", "session", "session_open", "access", "wifi"):
        for value in range(3):
            Store(ROOT + "/" + name, 1).save({"value": value})
    CardStore(ROOT + "/cards", lambda: True).add(CARD)
    with open(ROOT + "/settings.damaged0", "wb") as file:
        file.write(b"x" * 100)
    sessions = SessionFiles(ROOT + "/sessions", 4, 4)
    for number in range(1, 10):
        record = Record()
        record.number = number
        sessions.append(record.pack())
    for name in ("main.py", "settings_of_somebody_else.txt"):
        with open(ROOT + "/" + name, "wb") as file:
            file.write(b"not the station's")


def marker():
    return Store(ROOT + "/" + factory_reset.MARKER, factory_reset.SCHEMA)


def start():
    """Do what the App does first."""
    if marker().load()[0] != EMPTY:
        factory_reset.wipe(ROOT)


def is_as_before():
    status, value = Store(ROOT + "/settings", 1).load()
    return (
        status == LOADED
        and value == {"value": 2}
        and CardStore(ROOT + "/cards", lambda: True).contains(CARD)
        and SessionFiles(ROOT + "/sessions", 4, 4).newest == 9
    )


def is_as_delivered():
    return sorted(os.listdir(ROOT)) == ["main.py", "settings_of_somebody_else.txt"]


def test_cut_at_every_write():
    flash = formatted(96)
    fill()
    assert is_as_before()
    outcomes = []

    def work(flash):
        marker().save({"erase": 1})
        start()

    def check(cuts):
        wanted = marker().load()[0] != EMPTY
        # The next start, and one that is cut short again.
        start()
        if wanted:
            assert is_as_delivered()
        else:
            assert is_as_before() or is_as_delivered()
        outcomes.append(is_as_delivered())

    cuts = at_every_write(flash.data, work, check)
    assert outcomes[0] is False and outcomes[-1] is True
    # Once it is sure to be done it is never undone.
    assert outcomes == sorted(outcomes)
    print("factory reset: cut at %d writes, %d of them after the marker" % (cuts, outcomes.count(True)))


def test_start_that_is_cut_goes_on_with_the_next():
    flash = formatted(96)
    fill()
    marker().save({"erase": 1})

    def check(cuts):
        start()
        assert is_as_delivered()

    at_every_write(flash.data, lambda flash: start(), check)


def test_without_a_marker_nothing_is_removed():
    formatted(96)
    fill()
    start()
    assert is_as_before()
