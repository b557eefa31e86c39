"""The gate and the rules of who may charge: loaded while there are any, kept, and closed when they are lost."""

from access_bench import CARD_A, CARD_B, CARD_C, NOON_S
from gate_bench import Rig

from evse.core import states as s
from evse.services import access_modes as m
from evse.settings.store import DAMAGED

ACCOUNTS = {"olga": [2, 0, "", "", [CARD_A]], "anna": [1, 0, "", "", [CARD_B]]}
ALL_DAY = [[127, 0, 1440]]


def ruled(rig, **values) -> bool:
    """Change settings; return whether the rules are loaded then."""
    rig.settings.values.update(values)
    rig.gate.configure()
    rig.use_cards()
    return rig.gate.rules is not None


def test_without_rules_nothing_is_loaded():
    rig = Rig(m.ENABLE_ALL)
    assert rig.gate.rules is None and rig.built.rules is None
    assert rig.gate.tariff(CARD_A) is None and rig.gate.mode() == m.LIMITED and rig.gate.name_of(1) == ""
    rig.gate.take_accounts({"olga": [2, 0, "", "", []]})
    assert rig.gate.rules is None


def test_each_of_these_loads_them_and_its_end_drops_them():
    rig = Rig(m.ENABLE_ALL)
    for name, value, nothing in (
        ("AccessMode", m.PUBLIC, m.LIMITED),
        ("AccessMode", m.PRIVATE, m.LIMITED),
        ("OpeningHours", 1, 0),
        ("PriceKwhMills", 300, 0),
        ("PriceHourMills", 300, 0),
    ):
        assert ruled(rig, **{name: value}), name
        assert rig.built.rules is rig.gate.rules
        assert not ruled(rig, **{name: nothing}), name
        assert rig.built.rules is None
    rig.gate.take_accounts(ACCOUNTS)
    assert rig.gate.rules is not None
    rig.gate.take_accounts({})
    assert rig.gate.rules is None
    rig.gate.open_rules().save([], {"anna": [1, None, []]})
    rig.gate.follow_rules()
    assert rig.gate.rules is not None
    rig.gate.open_rules().forget("anna")
    rig.gate.follow_rules()
    assert rig.gate.rules is None


def test_kept_rules_and_accounts_are_there_after_a_start_without_a_web_server():
    rig = Rig(m.ENABLE_ALL)
    rig.others["web"].record = {"accounts": ACCOUNTS}
    rig.others["rules"].record = {"windows": [], "conditions": {"anna": [7, None, ALL_DAY]}}
    rig.restart()
    assert rig.gate.rules is not None and rig.gate.rules.account(CARD_B) == "anna"
    # A card that is on no list.
    rig.boot_s = NOON_S
    rig.tap(CARD_B)
    assert rig.access == s.ACCESS_ON and rig.gate.owner == CARD_B
    tariff = rig.gate.tariff(CARD_B)
    assert tariff and tariff[0] == 7 and rig.gate.name_of(tariff[3]) == "anna"
    rig.tap(CARD_B)
    rig.tap(CARD_C)
    assert rig.access == s.ACCESS_OFF
    # Who is only looking for a tariff needs no accounts.
    rig.settings.values["RFIDReader"] = m.DISABLED
    rig.restart()
    assert rig.gate.rules is not None and rig.gate.rules.account(CARD_B) == ""


def test_another_mode_acts_on_the_next_card():
    rig = Rig(m.ENABLE_ALL)
    rig.tap(CARD_C)
    assert rig.access == s.ACCESS_OFF and rig.outputs()["access.mode"] == "Limited"
    assert ruled(rig, AccessMode=m.PUBLIC)
    rig.tap(CARD_C)
    assert rig.access == s.ACCESS_ON and rig.outputs()["access.mode"] == "Public"
    # What goes on goes on.
    assert ruled(rig, AccessMode=m.PRIVATE)
    rig.run(1000)
    assert rig.access == s.ACCESS_ON
    rig.tap(CARD_C)
    rig.tap(CARD_C)
    assert rig.access == s.ACCESS_OFF and rig.outputs()["access.mode"] == "Private"


def test_rules_that_are_lost_leave_the_station_private():
    rig = Rig(m.ENABLE_ALL)
    rig.others["rules"].load = lambda: (DAMAGED, None)
    rig.restart()
    assert rig.settings.values["AccessMode"] == m.PRIVATE and rig.gate.mode() == m.PRIVATE
