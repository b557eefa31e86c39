"""What the station publishes: every topic of the table, when it changes and every 11 s."""

from mqtt_station_bench import PLAIN, Rig, all_topics

from evse.services.access_times import AccessTimes
from evse.services.mqtt import topics_table as topics
from evse.services.mqtt import values
from evse.settings import table

OWN = {
    "ChargerStatus": ("A", True),
    "Enable": ("On", True),
    "Reason": ("No car", True),
    "LimitSource": ("max", True),
    "OfferedCurrent": ("0", False),
    "Phases": ("3", True),
    "RemoteState": ("none", True),
    "RemoteLimit": ("None", True),
    "RemoteTimeLeft": ("0", False),
    "Faults": ("None", True),
    "DelayedStart": ("0", True),
}


def test_the_table_is_sound():
    assert topics.TEXT.count("\n") + 1 == topics.COUNT
    assert topics.BUTTONS.count("\n") + 1 == topics.BUTTON_COUNT
    names = all_topics()
    assert len(set(names)) == topics.COUNT
    assert names[topics.CUSTOM_BUTTON] == "CustomButton"
    for index in range(topics.COUNT):
        fields = topics.get(index)
        assert len(fields) == 9, fields
        assert ("f" in fields[topics.FLAGS]) == (index < topics.FAST), fields
        for letter in fields[topics.FLAGS]:
            assert letter in "rfs1mtdx", fields
        assert fields[topics.NEEDS] in ("", "m", "v", "c", "b", "l", "k", "p", "w"), fields
    for key in topics.SETTINGS.split(","):
        assert table.REMOTE in table.get(key).writers
    rig = Rig()
    assert len(values.fast(rig.app)) == topics.FAST
    assert len(values.slow(rig.app)) == topics.COUNT - topics.FAST


def test_everything_is_published_after_a_connect():
    rig = Rig()
    sent = rig.connect()
    assert sent[0] == ("connected", "online", True)
    found = {name: (payload, retained) for name, payload, retained in sent if "/" not in name}
    del found["connected"]
    wanted = dict(PLAIN)
    wanted.update(OWN)
    assert found == wanted, [name for name in wanted if found.get(name) != wanted[name]]
    for row in table.rows():
        shown = ("Setting/" + row.key) in [name for name, _, _ in sent]
        hidden = row.kind == table.HIDDEN or row.secret or row.never or row.key.startswith("MQTT")
        assert shown != hidden, row.key
    assert ("Setting/MaxCurrent", "13", True) in sent and ("Setting/RFIDReader", "Disabled", True) in sent


def test_a_second_connect_publishes_everything_again():
    rig = Rig()
    first = rig.connect()
    again = rig.connect()
    for sent in first:
        assert sent in again or sent[0] == "ESPUptime", sent
    assert len(again) == len(first) and len(rig.client.streams) == 2


def test_without_room_everything_waits_and_nothing_is_lost():
    rig = Rig()
    rig.client.free = 4
    rig.publisher.connected(False)
    rig.talk(3000)
    assert rig.client.sent == [("connected", "online", True)]
    rig.client.free = 16
    rig.talk(6000)
    names = [name for name, _, _ in rig.client.sent]
    assert [name for name in PLAIN if name not in names] == []
    assert len(rig.client.streams) == 1


def test_at_most_a_few_messages_at_once():
    rig = Rig()
    rig.publisher.connected(False)
    for _ in range(100):
        before = len(rig.client.sent)
        rig.talk(50)
        assert len(rig.client.sent) - before <= 4


def test_a_charge_in_topics():
    rig = Rig()
    rig.connect()
    rig.world(car__pilot="B", car__auto=True)
    seen = []
    for _ in range(60):
        rig.talk(100)
    for name, payload, _ in rig.client.sent:
        if name == "StateID" and seen[-1:] != [payload]:
            seen.append(payload)
    assert seen == ["B", "C"], seen
    assert rig.value("State") == "Charging"
    assert rig.value("ChargerStatus") == "C"
    assert rig.value("EVPlugState") == "Connected"
    assert rig.value("OfferedCurrent") == "130"
    rig.set("Mode", "Pause")
    rig.talk(300)
    assert rig.value("Mode") == "Pause" and rig.value("Access") == "Pause" and rig.value("Enable") == "Off"
    assert rig.value("StateID") in ("C1", "B1")
    rig.set("Mode", "Off")
    rig.talk(300)
    assert rig.value("Mode") == "Off" and rig.value("Access") == "Deny"
    rig.world(car__pilot="A")
    rig.talk(2000)
    assert rig.value("StateID") == "A" and rig.value("Reason") == "Access is off"


def test_a_change_is_published_once_and_soon():
    rig = Rig()
    rig.connect()
    rig.set("CurrentOverride", "100")
    rig.talk(50)
    assert ("ChargeCurrentOverride", "100", True) in rig.client.sent
    rig.talk(2000)
    assert [name for name, _, _ in rig.client.sent].count("ChargeCurrentOverride") == 1
    rig.client.sent = []
    rig.change({"MAX": 10})
    rig.talk(1050)
    assert ("MaxCurrent", "100", True) in rig.client.sent
    assert ("Setting/MaxCurrent", "10", True) in rig.client.sent
    assert [name for name, _, _ in rig.client.sent if name.startswith("Setting/")] == ["Setting/MaxCurrent"]


def test_everything_every_11_s():
    rig = Rig()
    rig.connect()
    rig.talk(11000)
    names = [name for name, _, _ in rig.client.sent]
    for name in PLAIN:
        assert names.count(name) == 1, name
    assert "ESPUptime" in names and names.count("ESPUptime") == 1
    rig.talk(22000)
    names = [name for name, _, _ in rig.client.sent]
    assert names.count("Mode") == 3 and names.count("LEDColorCustom") == 3


def test_a_remote_limit_and_how_it_ends():
    rig = Rig()
    rig.connect()
    rig.set("RemoteLimit", "half,2")
    rig.talk(300)
    assert (rig.value("RemoteState"), rig.value("RemoteLimit")) == ("limited", "65")
    assert rig.value("LimitSource") == "remote"
    rig.talk(2000)
    assert (rig.value("RemoteState"), rig.value("RemoteLimit")) == ("expired", "60")
    assert rig.value("ChargeCurrent") == "60"
    rig.set("RemoteLimit", "max")
    rig.talk(300)
    assert (rig.value("RemoteState"), rig.value("RemoteLimit")) == ("none", "None")


def test_chosen_times():
    rig = Rig()
    rig.connect()
    rig.world(clock__utc="2030-01-01T00:00:00Z")
    assert rig.set("DelayedStart", "1900000000,1900003600,daily") == ""
    rig.talk(1500)
    assert rig.value("DelayedStart") == "1900000000,1900003600,daily"
    assert rig.set("DelayedStart", "0") == ""
    rig.talk(1500)
    assert rig.value("DelayedStart") == "0"


def test_errors_in_words_that_clients_know():
    rig = Rig(RCMON="Enabled")
    rig.connect()
    rig.world(rcm=True)
    rig.talk(500)
    assert rig.value("Error") == "RCM Tripped" and rig.value("Faults") == "residual_current"
    rig.world(rcm=False)
    rig.app.request(["reset_fault"])
    rig.world(rcm__fault="never_trips", car__pilot="B", car__auto=True)
    rig.talk(20000)
    assert rig.value("Error") == "RCM Test" and rig.value("Faults") == "residual_test"
    rig.app.request(["reset_fault"])
    rig.world(car__pilot="A", temp_c=80)
    rig.app.request(["reset_fault"])
    rig.talk(1500)
    assert rig.value("Error") == "Temperature High" and rig.value("ESPTemp") == "80"


def feed_meters():
    rig = Rig(MAINS_MET="API", EV_METER="API", CIRCT_MET="API")
    rig.change({"MODE": "Smart", "CIRCUIT": 20})
    return rig


def test_meters():
    rig = feed_meters()
    rig.connect()
    assert rig.set("MainsMeter", "100:-50:0:1200:345") == ""
    assert rig.set("EVMeter", "10:20:30:1300:5000") == ""
    assert rig.set("CircuitMeter", "1:2:-3") == ""
    rig.talk(1500)
    for name, payload in (
        ("MainsCurrentL1", "100"),
        ("MainsCurrentL2", "-50"),
        ("MainsCurrentL3", "0"),
        ("MainsImportActiveEnergy", "345"),
        ("EVCurrentL1", "10"),
        ("EVCurrentL2", "20"),
        ("EVCurrentL3", "30"),
        ("EVImportActiveEnergy", "5000"),
        ("EVChargePower", "1300"),
        ("EVTotalEnergyCharged", "5000"),
        ("CircuitCurrentL1", "1"),
        ("CircuitCurrentL2", "2"),
        ("CircuitCurrentL3", "-3"),
    ):
        assert (name, payload, False) in rig.client.sent, name
    # An energy of 0 is none that was read; voltages were not told.
    for name in ("MainsExportActiveEnergy", "EVExportActiveEnergy", "EVVoltageL1"):
        assert rig.value(name) is None
    assert [sent for sent in rig.client.sent if sent[0] == "EVEnergyCharged"] == []
    assert rig.connect() and rig.value("HomeBatteryCurrent") is None
    assert rig.set("HomeBatteryCurrent", "-55") == ""
    rig.talk(1500)
    assert rig.value("HomeBatteryCurrent") == "-55"


def test_what_the_station_has_not_got_is_not_published():
    rig = Rig(CONTACT_2="Not present")
    names = [name for name, _, _ in rig.connect()]
    for name in all_topics():
        if name[:4] in ("Main", "Circ", "EVCu", "EVCh"):
            assert name not in names
    for name in ("Phases", "CableLock", "RFIDLastRead", "WiFiSSID", "HomeBatteryCurrent", "EVEnergyCharged"):
        assert name not in names
    rig.change({"LOCK": "Motor"})
    rig.talk(2000)
    assert rig.value("CableLock") == "0"


def test_cards():
    rig = Rig()
    # The list of cards is on no disk here.
    rig.app.gate.access = Access()
    sent = rig.connect()
    assert ("RFID", "Ready to read card", True) in sent and ("RFIDReader", "ok", True) in sent
    assert not [name for name, _, _ in sent if name == "RFIDLastRead"]
    rig.app.gate.access.last_uid = "0A0B0C0D"
    rig.talk(1500)
    assert rig.value("RFIDLastRead") == "0A0B0C0D000000"
    rig.app.gate.access.last_uid = "01020304050607"
    rig.talk(1500)
    assert rig.value("RFIDLastRead") == "01020304050607"
    rig.board.rfid.health = "no answer"
    rig.talk(1500)
    assert rig.value("RFIDReader") == "no answer"
    rig.app.gate.access = None
    assert rig.status("rfid.health") == "no answer"


class Permit:
    times = AccessTimes()


class Access:
    reads_cards = True
    topic = "Ready to read card"
    last_uid = ""
    permit = Permit()


def test_the_switch():
    rig = Rig(SWITCH="Custom B")
    rig.connect()
    rig.world(switch=True)
    rig.talk(700)
    assert rig.value("CustomButton") == "On" and rig.value("CustomButtonPressTime") is None
    rig.world(switch=False)
    rig.client.sent = []
    rig.talk(500)
    pressed_ms = rig.value("CustomButtonPressTime")
    assert pressed_ms and 600 <= int(pressed_ms) <= 800, pressed_ms
    # Told again although it stayed as it is.
    assert rig.value("CustomButton") == "On"
