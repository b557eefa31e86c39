"""What Home Assistant is told: both forms, with what it demands of each entity."""

import json

from mqtt_station_bench import PREFIX, Rig

from evse.services.mqtt import topics_table as topics
from evse.services.mqtt.discovery import Announcement
from evse.services.mqtt.publisher import BIRTH, ENTITIES
from evse.settings import table

ALL = "mvcblkpw"
# Home Assistant's sensor, number, button and text platforms: device classes with the units that each takes.
UNITS = {
    "current": ("A", "mA"),
    "voltage": ("V", "mV"),
    "power": ("W", "kW"),
    "energy": ("Wh", "kWh"),
    "duration": ("s", "min", "h"),
    "temperature": ("°C", "°F", "K"),
    "signal_strength": ("dB", "dBm"),
    "restart": ("",),
}
STATE_CLASSES = {
    "current": ("measurement",),
    "voltage": ("measurement",),
    "power": ("measurement",),
    "energy": ("total_increasing", "total"),
    "duration": ("",),
    "temperature": ("measurement",),
    "signal_strength": ("measurement",),
    "": ("",),
}
CATEGORIES = {
    "sensor": ("", "diagnostic"),
    "button": ("", "config"),
    "number": ("", "config"),
    "select": ("", "config"),
    "switch": ("",),
    "text": ("",),
}
COMMON = "name unique_id default_entity_id state_topic command_topic device_class unit_of_measurement "
COMMON += "entity_category enabled_by_default value_template"
MORE = {
    "sensor": "state_class",
    "select": "options",
    "number": "min max step mode command_template",
    "switch": "payload_on payload_off state_on state_off",
    "text": "pattern",
    "button": "",
}


def device(needs=ALL, max_a=13):
    told = Announcement(PREFIX, needs, max_a, "192.168.1.5")
    return json.loads(b"".join(told.parts()).decode())


def check_entity(component, entity, keys):
    """Check one entity as Home Assistant would."""
    allowed = (COMMON + " " + MORE[component] + " " + keys).split()
    for key in entity:
        assert key in allowed, (entity["name"], key)
    for key in ("name", "unique_id", "default_entity_id"):
        assert entity[key], key
    assert entity["default_entity_id"].startswith(component + ".")
    for letter in entity["default_entity_id"][len(component) + 1 :]:
        assert letter in "abcdefghijklmnopqrstuvwxyz0123456789_", entity
    assert ("state_topic" in entity) == (component != "button")
    assert ("command_topic" in entity) == (component != "sensor"), entity
    for key in ("state_topic", "command_topic"):
        if key in entity:
            assert entity[key].startswith(PREFIX + "/") and " " not in entity[key]
    if "command_topic" in entity:
        assert entity["command_topic"].startswith(PREFIX + "/Set/")
    device_class = entity.get("device_class", "")
    unit = entity.get("unit_of_measurement", "")
    if device_class:
        assert unit in UNITS[device_class], entity
    assert entity.get("entity_category", "") in CATEGORIES[component], entity
    if component == "sensor":
        assert entity.get("state_class", "") in STATE_CLASSES[device_class], entity
    else:
        assert "state_class" not in entity
    if component == "select":
        assert len(entity["options"]) >= 2 and len(set(entity["options"])) == len(entity["options"])
    if component == "number":
        assert entity["min"] < entity["max"] and entity["step"] >= 1


def test_the_message_for_the_device():
    told = device()
    assert sorted(told) == ["avty_t", "cmps", "dev", "o"]
    assert told["avty_t"] == PREFIX + "/connected"
    assert told["o"]["name"] and told["dev"]["identifiers"] == PREFIX
    assert told["dev"]["configuration_url"] == "http://192.168.1.5/" and told["dev"]["sw_version"]
    ids = [told["cmps"][key]["unique_id"] for key in told["cmps"]]
    assert len(set(ids)) == len(ids) > 60
    for key in told["cmps"]:
        entity = told["cmps"][key]
        check_entity(entity["p"], entity, "p")
        assert entity["unique_id"] == PREFIX + "-" + key


def test_entities_of_the_sheet():
    """Section 7.4: component, class, unit, and that 0.1 A become A."""
    entities = device()["cmps"]
    for names, component, device_class, unit in (
        (
            "ChargeCurrent MaxCurrent MainsCurrentL1 EVCurrentL2 CircuitCurrentL3 HomeBatteryCurrent",
            "sensor",
            "current",
            "A",
        ),
        ("MaxSumMains", "sensor", "current", "A"),
        ("MaxSumMainsTime", "sensor", "duration", "min"),
        ("SolarStopTimer ESPUptime", "sensor", "duration", "s"),
        (
            "MainsImportActiveEnergy EVExportActiveEnergy EVEnergyCharged EVTotalEnergyCharged",
            "sensor",
            "energy",
            "Wh",
        ),
        ("EVChargePower", "sensor", "power", "W"),
        (
            "EVPlugState Access State StateID RFID RFIDLastRead NrOfPhases OCPP OCPPConnection Error",
            "sensor",
            "",
            "",
        ),
        ("WiFiSSID WiFiBSSID", "sensor", "", ""),
        ("WiFiRSSI", "sensor", "signal_strength", "dBm"),
        ("ESPTemp", "sensor", "temperature", "°C"),
        ("LEDColorOff LEDColorNormal LEDColorSmart LEDColorSolar LEDColorCustom", "text", "", ""),
        ("CustomButton Mode EnableC2 CableLock", "select", "", ""),
        ("ChargeCurrentOverride", "number", "current", "A"),
    ):
        for name in names.split():
            entity = entities[name]
            assert entity["p"] == component, name
            assert entity.get("device_class", "") == device_class, name
            assert entity.get("unit_of_measurement", "") == unit, name
    for name in ("ChargeCurrent", "MaxCurrent", "MainsCurrentL3", "ChargeCurrentOverride"):
        assert entities[name]["value_template"] == "{{ value | int / 10 }}"
    assert "value_template" not in entities["MaxSumMains"]
    override = entities["ChargeCurrentOverride"]
    assert (override["min"], override["max"], override["mode"]) == (0, 13, "slider")
    assert override["command_template"] == "{{ (value * 10) | int }}"
    assert override["command_topic"] == PREFIX + "/Set/CurrentOverride"
    assert sorted(entities["Mode"]["options"]) == ["Normal", "Off", "Pause", "Smart", "Solar"]
    assert entities["CableLock"]["options"] == ["0", "1"]
    assert entities["ESPUptime"]["enabled_by_default"] is False
    for name in ("LoadBl", "PairingPin"):
        assert name not in entities


def test_settings_and_buttons():
    entities = device()["cmps"]
    for key in topics.SETTINGS.split(","):
        row = table.get(key)
        entity = entities["Setting" + row.label.replace(" ", "")]
        assert entity["name"] == "Setting " + row.label
        assert entity["state_topic"] == PREFIX + "/Setting/" + key
        assert entity["command_topic"] == PREFIX + "/Set/" + key
        if row.kind == table.CHOICE:
            assert entity["p"] == "select" and entity["options"] == list(row.choices)
        else:
            assert entity["p"] == "number" and entity["max"] == row.maximum
            assert entity["min"] == (0 if row.zero else row.minimum)
    assert entities["SettingSTOP"]["unit_of_measurement"] == "min" and entities["SettingSTOP"]["min"] == 0
    assert entities["Restart"]["device_class"] == "restart"
    rig = Rig()
    for name in entities:
        if entities[name]["p"] == "button":
            assert rig.set(entities[name]["command_topic"].split("/Set/")[1], "PRESS") == ""


def test_every_option_is_taken():
    rig = Rig(MAINS_MET="API", LOCK="Motor")
    rig.run(3000)
    entities = device()["cmps"]
    for name in entities:
        entity = entities[name]
        words = entity.get("options", [])
        if entity["p"] == "switch":
            words = [entity["payload_on"], entity["payload_off"]]
        if name == "SettingRFID":
            # Cards want a disk, which is not here.
            words = ["Disabled"]
        for word in words:
            assert rig.set(entity["command_topic"].split("/Set/")[1], word) == "", (name, word)


def test_what_is_not_there_is_not_announced():
    plain = device("")["cmps"]
    for letter, names in (
        ("m", "MainsCurrentL1 MainsImportActiveEnergy"),
        ("v", "EVCurrentL1 EVChargePower EVVoltageL1 ShowMeter"),
        ("c", "CircuitCurrentL2"),
        ("b", "HomeBatteryCurrent"),
        ("l", "CableLock UnlockCable"),
        ("k", "RFIDLastRead"),
        ("p", "Phases"),
        ("w", "WiFiRSSI WiFiSSID"),
    ):
        told = device(letter)["cmps"]
        for name in names.split():
            assert name not in plain and name in told, name
    assert device("", 32)["cmps"]["ChargeCurrentOverride"]["max"] == 32


def test_one_message_for_each_entity():
    rig = Rig(form=ENTITIES)
    rig.connect()
    rig.talk(4000)
    told = {topic: json.loads(payload) for topic, payload, retained in rig.client.others if retained}
    assert not rig.client.streams and len(told) == len(device("p")["cmps"])
    entity = told["homeassistant/sensor/%s-ChargeCurrent/config" % PREFIX]
    assert entity["object_id"] == PREFIX + "-ChargeCurrent"
    assert entity["default_entity_id"] == "sensor.smartevse_1_charge_current"
    assert entity["device"]["identifiers"] == PREFIX and entity["device"]["model"] == "SmartEVSE v3"
    for topic in told:
        entity = told[topic]
        check_entity(topic.split("/")[1], entity, "object_id availability_topic device")
        assert entity["availability_topic"] == PREFIX + "/connected"


def test_when_it_is_told():
    rig = Rig()
    rig.connect()
    topic, text, retained = rig.client.streams[-1]
    assert len(rig.client.streams) == 1
    assert topic == "homeassistant/device/SmartEVSE-1/config" and retained
    assert "MainsCurrentL1" not in json.loads(text)["cmps"]
    rig.publisher.receive(BIRTH, b"offline", False)
    rig.talk(5000)
    assert len(rig.client.streams) == 1
    rig.client.sent = []
    rig.publisher.receive(BIRTH, b"online", False)
    rig.talk(3000)
    assert len(rig.client.streams) == 2 and rig.client.streams[-1][1]
    # Together with all values, which it does not know either.
    assert rig.value("Mode") == "Normal" and rig.value("LEDColorOff") == "0,0,0"
    rig.change({"MAINS MET": "API"})
    rig.talk(5000)
    assert len(rig.client.streams) == 3
    assert "MainsCurrentL1" in json.loads(rig.client.streams[-1][1])["cmps"]
    rig.change({"MAX": 10})
    rig.talk(5000)
    assert json.loads(rig.client.streams[-1][1])["cmps"]["ChargeCurrentOverride"]["max"] == 10
    quiet = Rig(form=0)
    quiet.connect()
    quiet.publisher.receive(BIRTH, b"online", False)
    quiet.talk(3000)
    assert not quiet.client.streams and not quiet.client.others


def test_a_prefix_of_any_letters():
    told = Announcement("Büro/Säule 1", "", 13, "")
    assert told.device_topic() == "homeassistant/device/B-ro-S-ule-1/config"
    text = json.loads(b"".join(told.parts()).decode())
    assert text["cmps"]["Mode"]["default_entity_id"] == "select.b_ro_s_ule_1_mode"
    assert (
        text["cmps"]["Mode"]["state_topic"] == "Büro/Säule 1/Mode" and "configuration_url" not in text["dev"]
    )
