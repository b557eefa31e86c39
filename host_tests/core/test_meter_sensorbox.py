"""The Sensorbox (SmartEVSE v3 sheet, section 5.3)."""

from meter_bench import Bench

from evse.services.sensorbox import Sensorbox

SENSORBOX = 1


def box(**settings):
    """Return a bench with a Sensorbox that has clamps and a P1 port."""
    bench = Bench()
    device = bench.add(10)
    bank = device.bank
    bank.put(0x00, "20H", *([0] * 20))
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
