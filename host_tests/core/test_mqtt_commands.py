"""What the station takes on the Set topics, and what it refuses with a reason."""

from mqtt_station_bench import Rig

from evse.core import states as s
from evse.services import local_time
from evse.services.meter_values import EXPORT, IMPORT, POWER
from evse.settings.timezone import Zone

NOON_S = 1780315200  # 2026-06-01T12:00Z


def test_mode():
    rig = Rig(MAINS_MET="API")
    station = rig.app.station
    for text, access, mode in (
        ("Pause", s.ACCESS_PAUSE, 0),
        ("Off", s.ACCESS_OFF, 0),
        ("Normal", s.ACCESS_ON, 0),
        ("Smart", s.ACCESS_ON, 1),
        ("Off", s.ACCESS_OFF, 1),
        ("Solar", s.ACCESS_ON, 2),
    ):
        assert rig.set("Mode", text) == ""
        assert (station.charger.access, station.config.mode) == (access, mode), text
    for text in ("solar", "", "Fast", "OFF", "1"):
        assert rig.set("Mode", text) == "must be Off, Pause, Normal, Smart or Solar"
    assert (station.charger.access, station.config.mode) == (s.ACCESS_ON, 2)


def test_a_mode_that_needs_a_meter():
    rig = Rig()
    assert rig.set("Mode", "Smart") == "Smart and Solar need a mains meter"
    assert rig.app.station.config.mode == 0


def test_override():
    rig = Rig(MAINS_MET="API")
    regulation = rig.app.station.regulation
    assert rig.set("CurrentOverride", "100") == "" and regulation.override_ma == 10000
    for text in ("59", "131", "-1", "10.0", "", "abc", "9999", "100 ", "99999999999999999999"):
        assert rig.set("CurrentOverride", text).startswith("must be "), text
        assert regulation.override_ma == 10000
    assert rig.set("CurrentOverride", "60") == "" and regulation.override_ma == 6000
    assert rig.set("CurrentOverride", "130") == "" and regulation.override_ma == 13000
    assert rig.set("CurrentOverride", "0") == "" and regulation.override_ma == 0
    rig.set("CurrentOverride", "100")
    assert regulation.override_ends == "request"
    assert rig.set("CurrentOverride", "90,60") == "" and regulation.override_ends == "time"
    assert rig.set("CurrentOverride", "80,unplug") == "" and regulation.override_ends == "unplug"
    for text in ("100,", "100,0", "100,86401", "100,x", "100,-5", "100,60,60", ",60"):
        assert rig.set("CurrentOverride", text).startswith("must "), text
        assert regulation.override_ma == 8000
    rig.set("Mode", "Solar")
    assert regulation.override_ma == 0 and regulation.override_ends == ""
    assert rig.set("CurrentOverride", "100") == "is not possible in Solar"
    assert rig.set("CurrentOverride", "0") == ""


def test_capacity():
    rig = Rig(MAINS_MET="API")
    get = rig.app.settings.get
    for text, stored in (("25", 25), ("10", 10), ("600", 600), ("0", 0)):
        assert rig.set("CurrentMaxSumMains", text) == "" and get("MaxSumMains") == stored
    for text in ("9", "601", "-10", "x", ""):
        assert rig.set("CurrentMaxSumMains", text).startswith("must be ")
        assert get("MaxSumMains") == 0


def test_the_pilot_is_not_for_others():
    rig = Rig()
    assert rig.set("CPPWMOverride", "-1") == ""
    for text in ("0", "512", "1024"):
        assert rig.set("CPPWMOverride", text).startswith("is not possible")
    assert rig.set("CPPWMOverride", "1025").startswith("must be ")


def test_mains_feed():
    rig = Rig(MAINS_MET="API")
    mains = rig.app.metering.mains
    values = mains.values
    assert rig.set("MainsMeter", "100:-50:0") == ""
    assert values.current_ma == [10000, -5000, 0] and not values.known & (POWER | IMPORT)
    assert rig.set("MainsMeter", "-1999:1999:1:-2300:77") == ""
    assert values.current_ma == [-199900, 199900, 100]
    assert values.power_w == -2300 and values.import_wh == 77 and not values.known & EXPORT
    assert rig.set("MainsMeter", "1:2:3:-1:-1") == "" and not values.known & (POWER | IMPORT)
    readings = mains.readings
    for text in (
        "a:b",
        "",
        "1:2",
        "1:2:3:4",
        "1:2:3:4:5:6",
        "2000:0:0",
        "0:0:-2000",
        "1.5:0:0",
        "1:2:",
        "1;2;3",
        "1:2:3:x:5",
        "1:2:3:4:-2",
        "1:2:3:2000000:5",
        " 1:2:3",
        "1:2:3:4:99999999999",
    ):
        assert rig.set("MainsMeter", text) != "", text
    assert values.current_ma == [100, 200, 300] and mains.readings == readings
    rig.change({"MAINS MET": "Disabled"})
    assert rig.set("MainsMeter", "1:2:3") == "is not fed: MAINS MET must be API"


def test_ev_feed():
    rig = Rig(EV_METER="API")
    values = rig.app.metering.ev.values
    assert rig.set("EVMeter", "10:20:999:4000:123456") == ""
    assert values.current_ma == [1000, 2000, 99900] and values.power_w == 4000 and values.import_wh == 123456
    for text in (
        "1:2:3",
        "-1:0:0:0:0",
        "1000:0:0:0:0",
        "1:2:3:-2:0",
        "1:2:3:0:-2",
        "a:b:c:d:e",
        "1:2:3:4:5:6",
    ):
        assert rig.set("EVMeter", text) != "", text
    assert values.current_ma == [1000, 2000, 99900]
    assert rig.set("EVMeter", "1:1:1:-1:-1") == "" and not values.known & (POWER | IMPORT)
    rig.change({"EV METER": "Disabled"})
    assert rig.set("EVMeter", "1:1:1:-1:-1") == "is not fed: EV METER must be API"


def test_circuit_feed_and_battery():
    rig = Rig(MAINS_MET="API", CIRCT_MET="API")
    rig.change({"MODE": "Solar"})
    values = rig.app.metering.circuit.values
    assert rig.set("CircuitMeter", "-10:20:1999") == "" and values.current_ma == [-1000, 2000, 199900]
    for text in ("1:2", "1:2:3:4:5", "2000:1:1", "x:1:1"):
        assert rig.set("CircuitMeter", text) != "", text
    rig.set("MainsMeter", "30:30:30")
    assert rig.set("HomeBatteryCurrent", "60") == ""
    rig.run(20)
    assert rig.app.station.regulation.corrected_sum_ma() == 3000
    for text in ("", "1.0", "2000", "x"):
        assert rig.set("HomeBatteryCurrent", text).startswith("must be ")
    assert rig.app.station.regulation.battery.current_ma == 6000
    rig.run(10500)
    assert rig.app.station.regulation.battery.current_ma == 6000
    # Mission row S-093: what is older than 11 s counts no more.
    rig.run(600)
    assert rig.app.station.regulation.battery.current_ma == 0


def test_a_remote_limit():
    rig = Rig()
    station = rig.app.station

    def state():
        return tuple([rig.status("remote." + name) for name in ("state", "limit_ma", "left_s")])

    assert state() == ("none", -1, 0)
    assert rig.set("RemoteLimit", "100,60") == ""
    assert state() == ("limited", 10000, 60) and station.limits.limit_ma == 10000
    assert rig.set("RemoteLimit", "half,600") == "" and state() == ("limited", 6500, 600)
    rig.change({"MAX": 16})
    rig.run(20)
    assert state() == ("limited", 8000, 600)
    assert rig.set("RemoteLimit", "6A,5") == "" and state() == ("limited", 6000, 5)
    assert rig.set("RemoteLimit", "0A,2") == "" and station.limits.limit_ma == 0
    # Never more than the station itself may give.
    assert rig.set("RemoteLimit", "9999,2") == "" and station.limits.limit_ma == 16000
    for text in (
        "", "max,", "max,60", "half", "half,", "half,0", "half,86401", "half,x", "100", "-1,60", "100,60,1", "full,60",
        "10.0,60", "10000,60", "0,1e3", "²,5",
    ):  # fmt: skip
        assert rig.set("RemoteLimit", text).startswith("must "), text
        assert state()[0] == "limited"
    rig.run(2100)
    assert state() == ("expired", 6000, 0)
    assert rig.set("RemoteLimit", "max") == "" and state() == ("none", -1, 0)
    assert station.limits.limit_ma == 16000


def test_colours():
    rig = Rig()
    for name in ("Off", "Normal", "Smart", "Solar", "Custom"):
        assert rig.set("Color" + name, "1,2,255") == ""
        assert rig.app.led.color(name.lower()) == 0x0102FF
        for text in ("1,2", "1,2,3,4", "256,0,0", "-1,0,0", "red", "", "1, 2,3"):
            assert rig.set("Color" + name, text) != ""
        assert rig.app.led.color(name.lower()) == 0x0102FF
    assert rig.set("ColorBlue", "1,2,3") == "unknown"


def test_the_cable_lock():
    rig = Rig(LOCK="Motor")
    rig.world(cable__rating_a=32)
    rig.run(3000)
    get = rig.app.settings.get
    assert rig.set("CableLock", "1") == "" and get("CableLock") == 1
    for text in ("2", "", "x", "on"):
        assert rig.set("CableLock", text).startswith("must be ")
    assert get("CableLock") == 1
    assert rig.set("CableLock", "0") == "" and get("CableLock") == 0
    rig.change({"LOCK": "Disabled"})
    assert rig.set("CableLock", "1") == "needs a lock in the socket"


def test_the_second_contactor():
    rig = Rig()
    get = rig.app.settings.get
    for text, stored in (
        ("0", 0),
        ("4", 4),
        ("Always Off", 1),
        ("Solar Off", 2),
        ("3", 3),
        ("Not present", 0),
    ):
        assert rig.set("EnableC2", text) == "" and get("EnableC2") == stored, text
    for text in ("5", "-1", "auto", ""):
        assert rig.set("EnableC2", text) != "" and get("EnableC2") == 0
    assert rig.set("Phases", "1") == "" and get("EnableC2") == 1
    rig.run(100)
    # Q-14 of the sheet: the phases follow at once.
    assert rig.app.station.phases == 1
    assert rig.set("Phases", "3") == "" and get("EnableC2") == 3
    assert rig.set("Phases", "2").startswith("must be ")


class Access:
    """Cards in use, without a list of them."""

    reads_cards = True
    uid = ""

    def card(self, uid, now):
        self.uid = uid


def test_cards():
    rig = Rig()
    assert rig.set("RFID", "010203040506") == "is not in use: RFID is Disabled"
    access = rig.app.gate.access = Access()
    for text in ("010203040506", "01020304AbCdEf"):
        assert rig.set("RFID", text) == "" and access.uid == text.upper()
    for text in ("", "0102", "01020304050", "0102030405067", "01020304050g", "0102030405060708"):
        assert rig.set("RFID", text) == "must be 12 or 14 hex digits"
    assert access.uid == "01020304ABCDEF"


def test_access_and_enable():
    rig = Rig()
    charger = rig.app.station.charger
    for name, text, access in (
        ("Access", "Off", s.ACCESS_OFF),
        ("Access", "On", s.ACCESS_ON),
        ("Access", "Pause", s.ACCESS_PAUSE),
        ("Access", "Allow", s.ACCESS_ON),
        ("Access", "Deny", s.ACCESS_OFF),
        ("Enable", "On", s.ACCESS_ON),
        ("Enable", "Off", s.ACCESS_PAUSE),
    ):
        assert rig.set(name, text) == "" and charger.access == access, (name, text)
    for name in ("Access", "Enable"):
        for text in ("", "on", "1", "*"):
            assert rig.set(name, text).startswith("must be "), (name, text)


def test_the_custom_button():
    rig = Rig()
    for text, custom in (("On", True), ("Off", False), ("On", True), ("anything", False)):
        assert rig.set("CustomButton", text) == "" and rig.app.switch.custom == custom


def test_buttons():
    rig = Rig()
    for name in ("Stop", "ResetFault", "UnlockCable", "ShowMeter", "Restart"):
        assert rig.set(name, "no").startswith("must be "), name
        assert rig.set(name, "PRESS") == "", name
    rig.run(2000)
    assert rig.app.ready_to_restart()


def test_delayed_start():
    rig = Rig(TIMEZONE="CET-1CEST,M3.5.0,M10.5.0/3")
    rig.world(clock__utc="2026-06-01T10:00:00Z")
    station = rig.app.station
    times = None
    assert rig.set("DelayedStart", "2026-06-01T14:00") == ""
    times = rig.app.gate.access.permit.times
    assert times.start_s == NOON_S and times.stop_s == 0 and station.charger.access == s.ACCESS_OFF
    # Choosing a mode does not take the start back.
    assert rig.set("Mode", "Normal") == "" and station.charger.access == s.ACCESS_OFF
    assert rig.set("DelayedStart", "%d,%d,daily" % (NOON_S, NOON_S + 3600)) == ""
    assert (times.start_s, times.stop_s, times.repeat) == (NOON_S, NOON_S + 3600, True)
    for text in (
        "tomorrow",
        "2026-13-01T00:00",
        "2026-06-01",
        "2026-06-01T14:00,2026-06-01T13:00",
        "1,2,3",
        "5",
    ):
        assert rig.set("DelayedStart", text) != "", text
        assert times.start_s == NOON_S
    assert rig.set("DelayedStart", "0") == ""
    assert times.start_s == 0 and station.charger.access == s.ACCESS_ON


def test_local_times():
    zone = Zone("CET-1CEST,M3.5.0,M10.5.0/3")
    assert local_time.parse("2026-06-01T14:00", zone) == NOON_S
    assert local_time.parse("2026-01-01T00:00", zone) == 1767222000
    assert local_time.parse("2024-02-29T12:30", Zone("UTC0")) == 1709209800
    assert local_time.parse("2099-12-31T23:59", Zone("UTC0")) == 4102444740
    for text in (
        "2023-02-29T12:00",
        "2026-04-31T12:00",
        "2026-00-10T12:00",
        "2026-01-00T12:00",
        "2026-01-01T24:00",
        "2026-01-01T23:60",
        "2022-12-31T23:59",
        "2026-01-01 12:00",
        "2026-01-01T12:00:00",
        "",
    ):
        try:
            local_time.parse(text, zone)
        except ValueError:
            continue
        raise AssertionError(text)


def test_settings_by_key_and_label():
    rig = Rig(MAINS_MET="API")
    get = rig.app.settings.get
    for name, text, key, stored in (
        ("MaxCurrent", "16", "MaxCurrent", 16),
        ("MAX", "15", "MaxCurrent", 15),
        ("MIN", "7", "MinCurrent", 7),
        ("MAINS", "40", "MaxMains", 40),
        ("START", "3", "StartCurrent", 3),
        ("STOP", "0", "StopTime", 0),
        ("IMPORT", "2", "ImportCurrent", 2),
        ("CIRCUIT", "20", "MaxCircuit", 20),
        ("CAP MODE", "Flanders", "CapacityMode", 3),
        ("CAP_MODE", "0", "CapacityMode", 0),
        ("MAINS_MET", "Disabled", "MainsMeter", 0),
        ("FUNCTION", "3", "EMFunction", 3),
        ("LedMode", "Public", "LedMode", 1),
    ):
        assert rig.set(name, text) == "", name
        assert get(key) == stored, name
    assert rig.set("NAME", "Garage") == "" and rig.app.settings.text("StationName") == "Garage"
    assert rig.set("MAX", "81") == "must be from 6 to 80 A"
    assert rig.set("MAX", "x") == "must be a whole number"
    assert rig.set("FUNCTION", "5").startswith("must be ") and rig.set("LED MODE", "Blue").startswith(
        "must be "
    )
    assert rig.set("INST_MAX", "40") == "must be changed by the installer"
    assert rig.set("CONFIG", "Fixed") == "must be changed at the station"
    assert rig.set("PeakPower", "3000") == "unknown" and rig.set("Nothing", "1") == "unknown"
    for name in ("MQTTHost", "MQTT_PASS", "MQTT PREF"):
        assert rig.set(name, "x") == "must not be changed over MQTT"
    assert get("MaxCurrent") == 15 and get("EMFunction") == 3


def test_strange_names_and_payloads():
    rig = Rig()
    for name in ("", "|", "a|b", "\n", "Mode\n", "On=on", "+", "Set/Mode", "x" * 500, "Enable|access"):
        assert rig.set(name, "1") == "unknown", name
    assert rig.set("Mode", b"\xff\xfe") == "must be text"
    assert rig.publisher.rejected == 11


def test_who_may_command():
    rig = Rig(trusted=False)
    reason = "needs a broker with a password, or LEGACY at Read and set"
    assert rig.set("Mode", "Off") == reason and rig.app.station.charger.access == s.ACCESS_ON
    rig.change({"LEGACY": "Read and set"})
    assert rig.set("Mode", "Off") == "" and rig.app.station.charger.access == s.ACCESS_OFF
    rig = Rig()
    assert rig.set("Mode", "Off", retained=True) == "was ignored: commands must not be retained"
    assert rig.app.station.charger.access == s.ACCESS_ON


def test_what_is_repeated_is_said_once_in_the_log():
    from evse.log import log

    rig = Rig()
    before = log.sequence
    for _ in range(5):
        rig.set("Mode", "Fast")
    rig.set("Mode", b"\xff")
    assert log.sequence - before == 2 and rig.publisher.rejected == 6
