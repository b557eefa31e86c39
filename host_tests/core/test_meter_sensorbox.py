"""The Sensorbox (SmartEVSE v3 sheet, section 5.3)."""

from meter_bench import Bench, gaps

from evse.services.sensorbox import Sensorbox

SENSORBOX = 1


def box(**settings):
    """Return a bench with a Sensorbox that has clamps and a P1 port."""
    bench = Bench()
    device = bench.add(10)
    bank = device.bank
    bank.put(0x00, "32H", *([0] * 32))
    # Version 1, knows wirings, four wires.
    bank.put(0x00, "2H", 0x0110, 0x5083)
    bank.put(0x02, "3f", 229.5, 230.5, 231.5)
    bank.put(0x08, "3f", 10.25, -20.5, 30.0)
    bank.put(0x0E, "3f", 1.5, -2.5, 0.0009)
    # Another address in the settings does not matter.
    bench.metering.configure(mains=(SENSORBOX, 77), **settings)
    return bench, device


def meter_of(bench):
    meter = bench.metering.mains
    assert isinstance(meter, Sensorbox)
    return meter


def test_p1():
    bench, _ = box()
    bench.run(1500)
    assert bench.station.last("mains") == (10250, -20500, 30000)
    assert bench.station.last("mains_voltage") == (2295, 2305, 2315)
    meter = meter_of(bench)
    assert meter.address == 10 and meter.errors == 0 and meter.version == 1
    assert meter.has_p1 and meter.has_clamps
    assert bench.devices[0].bank.reads[0] == (0, 20)


def test_clamps():
    bench, device = box()
    device.bank.put(0x01, "H", 0x0003)
    bench.run(1500)
    assert bench.station.last("mains") == (1500, -2500, 0)
    assert bench.station.of("mains_voltage") == []
    assert meter_of(bench).has_clamps and not meter_of(bench).has_p1


def test_clamps_on_half_of_the_current():
    bench, device = box(mains_a=101)
    device.bank.put(0x01, "H", 0x0003)
    bench.run(1500)
    assert bench.station.last("mains") == (3000, -5000, 0)
    device.bank.put(0x01, "H", 0x0083)
    bench.run(1500)
    assert bench.station.last("mains") == (10250, -20500, 30000)
    bench, device = box(mains_a=100)
    device.bank.put(0x01, "H", 0x0003)
    bench.run(1500)
    assert bench.station.last("mains") == (1500, -2500, 0)


def test_a_reply_without_new_data_is_no_reading():
    bench, device = box()
    bench.run(2500)
    readings = bench.metering.mains.readings
    device.bank.put(0x01, "H", 0x5000)
    device.bank.put(0x08, "3f", 1.0, 1.0, 1.0)
    bench.run(10000)
    meter = meter_of(bench)
    assert meter.readings == readings and meter.errors == 0 and not meter.silent
    assert bench.station.last("mains") == (10250, -20500, 30000)
    # It is asked all the same.
    assert meter.stale_replies == 10
    bench.run(2000)
    assert meter.silent
    device.bank.put(0x01, "H", 0x5080)
    bench.run(1100)
    assert not meter.silent
    assert bench.station.last("mains") == (1000, 1000, 1000)


def test_no_data_from_the_start():
    bench, device = box()
    device.bank.put(0x01, "H", 0)
    assert bench.metering.mains.state_text() == "waiting"
    bench.run(2000)
    assert bench.metering.mains.state_text() == "no new data"
    assert bench.station.calls == [(0, "gone")]


def test_three_wires_are_told_to_the_box():
    bench, device = box(is_delta=True)
    device.bank.put(0x01, "H", 0x0003)
    bench.run(1500)
    assert device.bank.writes == [(0x0800, 2)]
    # Until the box says so, every ten seconds.
    bench.run(20000)
    assert device.bank.writes == [(0x0800, 2)] * 3
    device.bank.put(0x00, "H", 0x0112)
    bench.run(60000)
    assert device.bank.writes == [(0x0800, 2)] * 3
    assert bench.metering.mains.readings >= 80 and bench.metering.mains.errors == 0
    # Back to four wires, and a rotation that nobody asked for.
    bench.metering.configure(mains=(SENSORBOX, 10), is_delta=False)
    bench.run(1500)
    assert device.bank.writes[3:] == [(0x0800, 0)]
    device.bank.put(0x00, "H", 0x0111)
    bench.run(20000)
    assert device.bank.writes[-1] == (0x0800, 0)


def test_the_grid_does_not_matter_without_clamps():
    for version, data in (
        (0x0110, 0x0080),
        (0x0110, 0x0083),
        (0x0000, 0x0003),
        (0x0100, 0x0003),
        (0x0110, 0),
    ):
        bench, device = box(is_delta=True)
        device.bank.put(0x00, "2H", version, data)
        bench.run(30000)
        assert device.bank.writes == [], (version, data)
        assert bench.metering.mains.errors == 0


def test_not_a_number():
    bench, device = box()
    bench.run(1500)
    for register in (0x08, 0x0A, 0x0C):
        readings = bench.metering.mains.readings
        device.bank.put(register, "f", float("nan"))
        bench.run(3000)
        assert bench.metering.mains.readings == readings
        assert bench.station.last("mains") == (10250, -20500, 30000)
        device.bank.put(0x08, "3f", 10.25, -20.5, 30.0)
        bench.run(3000)
        assert bench.metering.mains.readings > readings
    assert bench.metering.mains.decode_errors == 9
    # A voltage may be missing.
    device.bank.put(0x04, "f", float("nan"))
    bench.run(1500)
    assert bench.station.last("mains_voltage") == (2295, 0, 2315)


def test_a_silent_box():
    bench, device = box()
    device.mode = "silent"
    bench.run(12000)
    assert bench.metering.mains.silent
    assert bench.metering.mains.state_text() == "no reply within the time-out"


def set_wifi(device, mode, link=0):
    """Be a Sensorbox of software version 1 with its Wi-Fi in this mode."""
    device.bank.put(0x00, "H", 0x0114)
    device.bank.put(0x14, "2B", link, mode)
    device.bank.put(0x15, "3H", 0x0C1E, 0x0B15, 0x1A06)
    device.bank.put(0x18, "4B", 192, 168, 1, 57)
    device.bank.put(0x1A, "4B", 0x0A, 0x1B, 0x2C, 0x3D)
    device.bank.put(0x1C, "8s", b"hgfedcba")


def box_with_wifi(mode, **settings):
    told = []
    bench, device = box()
    bench.metering.on_box_wifi = told.append
    bench.metering.configure(mains=(SENSORBOX, 10), mains_a=25, mains_silent_ms=12000, **settings)
    set_wifi(device, mode)
    return bench, device, told


def test_wifi_of_a_box_is_read_and_adopted():
    bench, device, told = box_with_wifi(1, box_wifi=0)
    wifi = meter_of(bench).wifi
    assert wifi.text() == ""
    bench.run(3000)
    # Twelve registers more as soon as the version is known.
    assert device.bank.reads[:2] == [(0, 20), (0, 32)] and (0, 20) not in device.bank.reads[1:]
    assert (wifi.mode, wifi.state, told) == (1, 1, [1])
    assert wifi.text() == "not connected"
    set_wifi(device, 1, 3)
    bench.run(1500)
    assert wifi.text() == "at 192.168.1.57"
    assert device.bank.writes == [] and told == [1]
    assert bench.station.last("mains") == (10250, -20500, 30000)


def test_a_box_is_told_its_wifi_and_that_it_is_set_up():
    bench, device, told = box_with_wifi(0)
    bench.run(3000)
    wifi = meter_of(bench).wifi
    assert wifi.text() == "off" and told == []
    bench.metering.configure(mains=(SENSORBOX, 10), mains_a=25, mains_silent_ms=12000, box_wifi=2)
    bench.run(1500)
    assert device.bank.writes == [(0x0801, 2)]
    set_wifi(device, 2, 4)
    bench.run(1500)
    assert wifi.text() == "portal, password abcdefgh"
    assert device.bank.writes == [(0x0801, 2)]
    # Somebody has set it up.
    set_wifi(device, 2, 6)
    bench.run(1500)
    assert told == [1]
    bench.run(10000)
    assert device.bank.writes[-1] == (0x0801, 1)
    assert wifi.text() == "at 192.168.1.57"
    assert meter_of(bench).errors == 0


def test_a_portal_opens_although_the_box_is_connected():
    bench, device, told = box_with_wifi(1)
    set_wifi(device, 1, 2)
    bench.run(3000)
    bench.metering.configure(mains=(SENSORBOX, 10), mains_a=25, mains_silent_ms=12000, box_wifi=2)
    set_wifi(device, 2, 6)
    bench.run(30000)
    assert told == [1] and meter_of(bench).wifi.mode == 2


def test_other_versions_have_no_wifi_to_set_up():
    for version in (0x0014, 0x0214, 0x0414):
        bench, device, told = box_with_wifi(1, box_wifi=2)
        device.bank.put(0x00, "H", version)
        bench.run(30000)
        assert (told, device.bank.writes) == ([], []), version
        assert meter_of(bench).wifi.text() == ""
        assert meter_of(bench).readings >= 14


def test_a_box_that_comes_back_is_asked_anew():
    bench, device, told = box_with_wifi(1)
    bench.run(3000)
    device.mode = "silent"
    bench.run(20000)
    assert meter_of(bench).silent and meter_of(bench).wifi.text() == ""
    # Now it is one that knows fewer registers.
    device.mode = "ok"
    device.bank.put(0x00, "H", 0x0010)
    for register in range(0x14, 0x20):
        del device.bank.words[register]
    errors = meter_of(bench).errors
    bench.run(20000)
    assert meter_of(bench).errors == errors and not meter_of(bench).silent
    assert device.bank.reads[-1] == (0, 20) and told == [1]


def test_both_are_told_in_turn():
    bench, device, _ = box_with_wifi(0, is_delta=True)
    device.bank.put(0x01, "H", 0x0003)
    bench.run(3000)
    bench.metering.configure(
        mains=(SENSORBOX, 10), mains_a=25, mains_silent_ms=12000, is_delta=True, box_wifi=1
    )
    # A box that accepts neither.
    bench.run(60000)
    assert device.bank.writes.count((0x0800, 2)) >= 5 and device.bank.writes.count((0x0801, 1)) >= 5
    assert len(device.bank.writes) <= 15


def test_version_1_measures_each_line_in_any_grid():
    for version in (0x000A, 0x000F):
        for is_delta in (False, True):
            bench, device = box(is_delta=is_delta)
            device.bank.put(0x00, "2H", version, 0x0003)
            device.bank.put(0x0E, "3f", 12.5, 8.25, 15.0)
            bench.run(30000)
            assert bench.station.last("mains") == (12500, 8250, 15000)
            assert device.bank.writes == []
            meter = meter_of(bench)
            assert not meter.has_direction and meter.state_text() == "ok, but without direction"


def test_clamps_with_direction_and_p1_are_plainly_ok():
    for version, data in ((0x0010, 0x0003), (0x0114, 0x0003), (0x0114, 0x3283)):
        bench, device = box()
        set_wifi(device, 0)
        device.bank.put(0x00, "2H", version, data)
        bench.run(3000)
        assert meter_of(bench).state_text() == "ok"


def test_an_old_box_is_asked_every_two_seconds():
    bench, device = box()
    device.bank.put(0x00, "2H", 0x000A, 0x0003)
    bench.run(60000)
    assert min(gaps(device.asked_ms)) >= 2000 and max(gaps(device.asked_ms)) <= 2100
    # A second answer to one measurement would be wrong, so nothing is asked again soon.
    device.mode = "garbled"
    bench.run(30000)
    assert min(gaps(device.asked_ms)) >= 2000
    device.mode = "ok"
    bench.run(10000)
    assert not meter_of(bench).silent and meter_of(bench).state_text() == "ok, but without direction"
