"""Reservations (OCPP 1.6 section 5.13; cases 046 to 053)."""

from ocpp_local_bench import NOON, Gate, MemoryStore, configuration

from ocpp16 import reservation as r
from ocpp16.configuration import Configuration
from ocpp16.reservation import Reservations

SOON = NOON + 600


class Rig:
    def __init__(self, connectors=1, zero=True) -> None:
        self.store = MemoryStore()
        self.gate = Gate()
        fixed = {} if zero else {"ReserveConnectorZeroSupported": "false"}
        self.config = Configuration(MemoryStore(), None, fixed)
        self.statuses = ["Available"] * (connectors + 1)
        self.connectors = connectors
        self.all = self.restarted()

    def restarted(self) -> Reservations:
        return Reservations(
            self.config, self.store, self.connectors, lambda number: self.statuses[number], self.gate
        )

    def reserve(self, number, id_tag="AA", connector=1, parent=None, expiry_s=SOON) -> str:
        request = {"connectorId": connector, "idTag": id_tag, "reservationId": number}
        if parent is not None:
            request["parentIdTag"] = parent
        return self.all.reserve(request, expiry_s, NOON)


def test_046_for_one_identifier_and_no_other():
    rig = Rig()
    assert rig.reserve(7) == "Accepted" and rig.all.is_reserved(1)
    assert rig.all.check(1, "BB", None) == r.BLOCKED and not rig.all.allows(1, "BB", "")
    assert rig.all.check(1, "aa", None) == r.HOLDER and rig.all.allows(1, "aa", "")
    assert rig.all.used(1, "BB", "") is None and rig.all.is_reserved(1)
    assert rig.all.used(1, "aa", "") == 7
    for one in (rig.all, rig.restarted()):
        assert not one.is_reserved(1) and one.check(1, "BB", None) == r.FREE
    assert rig.all.used(1, "aa", "") is None


def test_047_it_expires():
    rig = Rig()
    rig.reserve(7)
    assert rig.all.step(SOON - 1) == [] and rig.all.is_reserved(1)
    # Nobody knows the time: it stays.
    assert rig.all.step(0) == [] and rig.all.is_reserved(1)
    assert rig.all.step(SOON) == [1] and not rig.all.is_reserved(1)
    assert rig.all.step(SOON) == [] and rig.all.cancel(7) == "Rejected"
    assert rig.reserve(8, expiry_s=NOON) == "Rejected"


def test_048_faulted_occupied_unavailable_rejected():
    for status, answer in (
        ("Faulted", "Faulted"),
        ("Unavailable", "Unavailable"),
        ("Preparing", "Occupied"),
        ("Charging", "Occupied"),
        ("SuspendedEV", "Occupied"),
        ("Finishing", "Occupied"),
    ):
        for connector in (0, 1):
            rig = Rig()
            rig.statuses[1] = status
            assert rig.reserve(1, connector=connector) == answer and not rig.all.is_reserved(1)
    for status in ("Faulted", "Unavailable"):
        for connector in (0, 1):
            rig = Rig()
            rig.statuses[0] = status
            assert rig.reserve(1, connector=connector) == status
    assert Rig().reserve(1, connector=2) == "Rejected" and Rig().reserve(1, connector=-1) == "Rejected"


def test_048_2_occupied_when_reserved_for_the_same_or_another():
    rig = Rig()
    assert rig.reserve(1) == "Accepted"
    assert (
        rig.reserve(2) == "Occupied"
        and rig.reserve(3, "BB") == "Occupied"
        and rig.reserve(4, "BB", 0) == "Occupied"
    )
    assert rig.all.cancel(1) == "Accepted" and rig.reserve(2, "BB") == "Accepted"


def test_the_same_id_replaces():
    rig = Rig(2)
    assert rig.reserve(1) == "Accepted"
    assert rig.reserve(1, "BB", 2, expiry_s=SOON + 5) == "Accepted"
    assert not rig.all.is_reserved(1) and rig.all.check(2, "BB", None) == r.HOLDER
    assert rig.all.check(2, "AA", None) == r.BLOCKED
    # One that cannot be made leaves the old one.
    rig.statuses[1] = "Charging"
    assert rig.reserve(1, "CC", 1) == "Occupied" and rig.all.check(2, "BB", None) == r.HOLDER


def test_049_connector_0_needs_the_key():
    rig = Rig(1, False)
    assert rig.reserve(1, connector=0) == "Rejected" and rig.reserve(1) == "Accepted"


def test_050_connector_0_keeps_one_free():
    rig = Rig(2)
    assert rig.reserve(1, connector=0) == "Accepted"
    # Two are free, so others may take one.
    assert not rig.all.is_reserved(1) and not rig.all.is_reserved(2)
    assert rig.all.check(1, "BB", None) == r.FREE and rig.all.check(2, "BB", None) == r.FREE
    rig.statuses[1] = "Charging"
    assert rig.all.is_reserved(2) and not rig.all.is_reserved(1)
    assert rig.all.check(2, "BB", None) == r.BLOCKED and rig.all.check(2, "AA", None) == r.HOLDER
    assert rig.reserve(2, "BB", 2) == "Occupied" and rig.reserve(2, "BB", 0) == "Occupied"
    assert rig.all.used(2, "AA", "") == 1 and not rig.all.is_reserved(2)


def test_050_connector_0_of_a_single_one():
    rig = Rig()
    assert rig.reserve(1, connector=0) == "Accepted"
    assert rig.all.is_reserved(1) and rig.all.check(1, "BB", None) == r.BLOCKED
    # The car is plugged in already.
    rig.statuses[1] = "Preparing"
    assert rig.all.check(1, "BB", None) == r.BLOCKED and rig.all.check(1, "AA", None) == r.HOLDER
    assert rig.all.used(1, "AA", "") == 1


def test_050_both_kinds():
    rig = Rig(2)
    assert rig.reserve(1, "AA", 0) == "Accepted" and rig.reserve(2, "BB", 1) == "Accepted"
    assert rig.reserve(3, "CC", 2) == "Occupied" and rig.reserve(3, "CC", 0) == "Occupied"
    assert rig.all.is_reserved(1) and rig.all.is_reserved(2)
    # The one of any connector does not open the one that is another's.
    assert rig.all.check(1, "AA", None) == r.BLOCKED and rig.all.check(2, "AA", None) == r.HOLDER
    assert rig.all.check(1, "BB", None) == r.HOLDER and rig.all.check(2, "BB", None) == r.BLOCKED
    assert rig.all.used(1, "BB", "") == 2 and rig.all.used(2, "AA", "") == 1


def test_who_has_both_kinds_uses_that_of_the_connector():
    rig = Rig(2)
    rig.reserve(1, "AA", 0)
    rig.reserve(2, "AA", 1)
    assert rig.all.used(1, "AA", "") == 2 and rig.all.used(2, "AA", "") == 1


def test_051_052_cancel():
    rig = Rig()
    rig.reserve(7)
    assert rig.all.cancel(8) == "Rejected" and rig.all.is_reserved(1)
    assert rig.all.cancel(7) == "Accepted" and not rig.all.is_reserved(1)
    assert rig.all.cancel(7) == "Rejected" and not rig.restarted().is_reserved(1)


def test_053_the_parent_identifier():
    rig = Rig()
    assert rig.reserve(7, parent="Family") == "Accepted"
    # It has to be found out first.
    assert rig.all.check(1, "BB", None) == r.ASK_PARENT
    assert rig.all.check(1, "BB", "FAMILY") == r.HOLDER and rig.all.allows(1, "BB", "family")
    assert rig.all.check(1, "BB", "") == r.BLOCKED and rig.all.check(1, "BB", "Firm") == r.BLOCKED
    assert rig.all.used(1, "BB", "Family") == 7
    assert rig.reserve(8, connector=0, parent="Family") == "Accepted"
    assert rig.all.check(1, "BB", None) == r.ASK_PARENT and rig.all.check(1, "BB", "Family") == r.HOLDER
    # Without one nothing matches.
    rig = Rig()
    rig.reserve(7)
    assert rig.all.check(1, "BB", "") == r.BLOCKED


def test_what_becomes_faulted_or_unavailable_ends_it():
    for number, status in ((1, "Faulted"), (1, "Unavailable"), (0, "Faulted"), (0, "Unavailable")):
        rig = Rig(2)
        rig.reserve(7)
        rig.statuses[number] = status
        assert rig.all.step(NOON) == [1] and not rig.all.is_reserved(1), (number, status)


def test_it_outlives_a_restart():
    rig = Rig(2)
    rig.reserve(7, "AA", 1, "Family")
    rig.reserve(8, "BB", 0)
    again = rig.restarted()
    assert again.check(1, "CC", "Family") == r.HOLDER and again.check(2, "BB", None) == r.HOLDER
    assert again.check(1, "XX", "") == r.BLOCKED and again.step(SOON) == [1, 0]
    rig.store.value = {"reservations": [[1, 5, "AA", "", 0], ["x"], 7, [1, 1, "AA", None, 0]]}
    assert rig.restarted().step(NOON) == []


def test_writing_waits_and_is_tried_again():
    rig = Rig(2)
    rig.gate.open = False
    rig.reserve(7)
    assert rig.store.writes == 0 and rig.all.is_reserved(1)
    rig.all.step(NOON)
    rig.gate.open = True
    rig.store.broken = True
    rig.all.step(NOON)
    rig.store.broken = False
    rig.all.step(NOON)
    rig.all.step(NOON)
    assert rig.store.writes == 1 and rig.restarted().is_reserved(1)


def test_configuration_says_that_connector_0_can_be_reserved():
    assert configuration().get("ReserveConnectorZeroSupported") is True
