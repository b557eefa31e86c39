"""Readings out of the JSON of HomeWizard meters (SmartEVSE v3 sheet, section 5.4)."""

from evse.services.homewizard_data import Reading

THREE = (
    '{"wifi_ssid": "My \\"active_power_w\\": 1 {Wi-Fi", "wifi_strength": 100, "smr_version": 50,'
    ' "unique_id": "00112233445566778899AABBCCDDEEFF", "active_tariff": 2,'
    ' "total_power_import_kwh": 13779.338, "total_power_import_t1_kwh": 10830.511,'
    ' "total_power_export_kwh": 0, "active_power_w": -543, "active_power_l1_w": -676,'
    ' "active_power_l2_w": 133, "active_power_l3_w": 0, "active_voltage_l1_v": 230.1,'
    ' "active_voltage_l2_v": 231, "active_voltage_l3_v": 229.95, "active_current_l1_a": 4,'
    ' "active_current_l2_a": 2.345, "active_current_l3_a": -0.5, "any_power_fail_count": 4,'
    ' "external": [{"unique_id": "FFEE", "type": "gas_meter", "value": 2569.646, "unit": "m3"}]}'
)


def read(text, phases=1, room=3072):
    buffer = bytearray(room)
    data = text.encode()
    buffer[: len(data)] = data
    return Reading(buffer, len(data), phases)


def refused(text, phases=1):
    try:
        read(text, phases)
    except ValueError as error:
        return str(error)
    raise AssertionError(text)


def test_three_phases():
    reading = read(THREE)
    # The third has no power, so its sign is import.
    assert reading.current_ma == (-4000, 2345, 500)
    assert reading.power_w == -543
    assert reading.voltage_dv == (2301, 2310, 2299)
    assert (reading.import_wh, reading.export_wh) == (13779338, 0)
    assert reading.phases == 3


def test_one_phase():
    for text in (
        '{"active_current_a":5.3,"active_power_w":-1219}',
        '{"active_current_l1_a":5.3,"active_power_l1_w":-1219}',
        '{"active_current_l1_a":-5.3,"active_current_a":5.3,"active_power_w":-1219}',
        '{"active_current_l1_a":5.3,"active_current_l2_a":null,"active_current_l3_a":null,"active_power_l1_w":-1}',
        '{"active_current_a":-5.3}',
        ' {\r\n "active_current_a" :\t5.30000001 , "active_power_w" : -1.0 }\n',
    ):
        reading = read(text)
        assert reading.current_ma == (-5300, 0, 0) and reading.phases == 1, text
        assert reading.import_wh is None and reading.voltage_dv is None
    assert read('{"active_current_a":1,"active_voltage_v":228.5}').voltage_dv == (2285, 0, 0)


def test_without_powers_a_current_keeps_its_sign():
    text = '{"active_current_l1_a":-4,"active_current_l2_a":2,"active_current_l3_a":0}'
    assert read(text).current_ma == (-4000, 2000, 0)
    # Nulls are as good as missing.
    text = text[:-1] + ',"active_power_l1_w":null,"active_power_w":null,"total_power_import_kwh":null}'
    reading = read(text)
    assert reading.current_ma == (-4000, 2000, 0) and reading.power_w is None and reading.import_wh is None


def test_a_missing_phase_is_not_one_without_load():
    for missing in ("l1", "l2", "l3"):
        for value in (None, "null"):
            key = '"active_current_%s_a": ' % missing
            at = THREE.find(key)
            end = THREE.find(",", at)
            text = THREE[:at] + (key + value if value else '"x": 0') + THREE[end:]
            assert refused(text) == "a current is missing"
    assert refused('{"active_current_l1_a":1,"active_current_l3_a":1}') == "a current is missing"
    # All of the other two phases are gone: only what was seen before tells.
    one = '{"active_current_l1_a":4,"active_power_l1_w":1}'
    assert read(one).phases == 1
    assert refused(one, 3) == "a current is missing"


def test_no_currents():
    for text in ('{"x":1}', '{"active_power_w":5}', '{"error":{"id":202,"description":"API not enabled"}}'):
        assert refused(text) == "a current is missing"


def test_what_is_no_answer():
    for text in ("", "{", "}", "{}x", "[]", "null", "<html>", THREE[:-1], THREE[1:], THREE + "x"):
        assert refused(text) == "no JSON object", text


def test_what_is_no_number():
    for value in (
        '"5"', "", "-", ".5", "5.", "1e", "1e99", "1e-99", "0x10", "5 5", "true", "NaN", "Infinity", "+5", "--5",
        "5..0", "5a", "[5]", "{}", "1" * 13, "9999999", "1" * 40, "1e+", "1ee1",
    ):  # fmt: skip
        text = '{"active_current_l1_a":%s,"x":1}' % value
        if value == "5 5":
            # What follows the number is not looked at.
            assert read(text).current_ma == (5000, 0, 0)
        else:
            assert refused(text) in ("no number", "no JSON"), (value, refused(text))
    assert refused('{"active_current_l1_a" 5}') == "no JSON"
    assert refused('{"active_current_l1_a":5,"active_current_l1_a":6}') == "a key is there twice"


def test_numbers_as_json_has_them():
    for value, wanted in (
        ("0", 0), ("-0", 0), ("-0.0", 0), ("16", 16000), ("16.0", 16000), ("0.001", 1), ("0.0009", 0), ("1e1", 10000),
        ("1.25E+1", 12500), ("125e-1", 12500), ("1e-05", 0), ("12345e-6", 12), ("-7.9999", -7999),
    ):  # fmt: skip
        assert read('{"active_current_a":%s}' % value).current_ma[0] == wanted, value


def test_energies_keep_every_unit():
    for kwh, wh in (("99999.999", 99999999), ("524288.001", 524288001), ("0.001", 1)):
        assert read('{"active_current_a":1,"total_power_import_kwh":%s}' % kwh).import_wh == wh


def test_bytes_that_are_no_text():
    seed = 1
    good = THREE.encode()
    taken = 0
    for _ in range(400):
        buffer = bytearray(good)
        for _ in range(8):
            seed = seed * 16807 % 2147483647
            buffer[seed % len(buffer)] = seed >> 8 & 255
        try:
            reading = Reading(buffer, len(buffer))
        except ValueError:
            continue
        taken += 1
        assert len(reading.current_ma) == 3
    assert 0 < taken < 400
