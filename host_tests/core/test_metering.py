"""What the station is told: sessions, estimates, readings from outside."""

from meter_bench import Bench

from evse.core import faults as f
from evse.core.energy import Session
from evse.services.meter_types import USE_CIRCUIT, USE_EV, USE_MAINS

API = 9
HOMEWIZARD = 13
CUSTOM = 19


def fed(**arguments):
    bench = Bench()
    bench.configure(arguments)
    bench.run(100)
    return bench


def feed_mains(metering, values):
    return metering.feed(USE_MAINS, *values)


def test_fed_mains():
    bench = fed(mains=(API, 10))
    metering = bench.metering
    assert metering.mains.state_text() == "waiting"
    assert metering.feed(USE_MAINS, -1000, 199900, -199900, 12345, 1000000, 5)
    assert bench.station.last("mains") == (-1000, 199900, -199900)
    values = metering.mains.values
    assert (values.power_w, values.import_wh, values.export_wh, values.net_wh) == (12345, 1000000, 5, 999995)
    assert metering.mains.state_text() == "ok"
    bench.run(10900)
    assert not metering.mains.silent and 10900 <= metering.mains.age_ms(bench.clock.now) < 11000
    bench.run(200)
    assert metering.mains.silent and metering.mains.state_text() == "silent"
    assert metering.feed(USE_MAINS, 1, 2, 3)
    assert not metering.mains.silent


def test_what_may_not_be_fed():
    bench = fed(mains=(API, 10), circuit=(HOMEWIZARD, 13), ev=(4, 12))
    metering = bench.metering
    calls = len(bench.station.calls)
    for values in (
        (199901, 0, 0),
        (0, -199901, 0),
        (0, 0, 1 << 40),
        (0, 0, 0, 1000001),
        (0, 0, 0, None, -1),
        (0, 0, 0, 5, 6, -1),
    ):
        assert not feed_mains(metering, values), values
    assert not metering.feed(USE_CIRCUIT, 1, 2, 3)
    assert not metering.feed(USE_EV, 1, 2, 3)
    assert len(bench.station.calls) == calls
    assert metering.mains.readings == 0


def test_fed_ev():
    bench = fed(ev=(API, 12))
    metering = bench.metering
    assert metering.feed(USE_EV, 6000, 0, 0, 1380, 5000)
    assert bench.station.last("ev") == (6000, 0, 0, 1380)
    assert bench.station.session.net_wh == [5000]
    bench.run(2000)
    assert metering.feed(USE_EV, 6000, 0, 0, 1400, 5001, 1)
    assert bench.station.session.net_wh == [5000, 5000]
    assert bench.station.session.powers == [(1380, 0), (1400, 2000)]
    # Without a power it is reckoned from the currents.
    bench.run(1000)
    assert metering.feed(USE_EV, 6000, 6000, 6000)
    assert bench.station.last("ev") == (6000, 6000, 6000, 4140)
    assert bench.station.session.powers[-1] == (4140, 1000)
    assert len(bench.station.session.net_wh) == 2
    # An hour without a reading tells nothing of that hour.
    bench.run(3600000)
    assert bench.station.faults.present[f.EV_METER_SILENT]
    assert metering.feed(USE_EV, 6000, 0, 0)
    assert bench.station.session.powers[-1] == (1380, 64000)
    bench.run(100)
    assert not bench.station.faults.present[f.EV_METER_SILENT]


def test_the_session_sees_no_jump_when_the_export_comes_late():
    # WAGO: import and export are two requests.
    bench = Bench()
    device = bench.add(12)
    device.bank.put(0x500C, "4f", 1.0, 2.0, 3.0, 1.5)
    device.bank.put(0x5002, "3f", 230.0, 231.0, 232.0)
    device.bank.put(0x600C, "f", 100.0)
    device.bank.put(0x6018, "f", 40.0)
    bench.metering.configure(ev=(8, 12))
    bench.run(30000)
    assert set(bench.station.session.net_wh) == {60000}
    assert bench.station.last("ev") == (1000, 2000, 3000, 1500)
    # The power comes by a request of its own, once a second; the first reading has a reckoned one.
    assert bench.station.of("ev")[0][4] == 1380
    powers = bench.station.session.powers
    assert len(powers) >= 28 and powers[0][1] == 0 and sum(power[1] for power in powers) >= 28000


def test_session_energy_of_a_charging_car_is_smooth():
    session = Session()
    bench = Bench(session)
    device = bench.add_eastron(12)
    bench.metering.configure(ev=(4, 12))
    bench.run(3000)
    session.start()
    seen = []
    for second in range(120):
        # 11 kW: 3 Wh a second.
        device.bank.put(0x48, "2f", 1000.0 + second * 0.003, 2.5)
        bench.run(1000)
        seen.append(session.energy_wh)
    steps = [seen[index + 1] - seen[index] for index in range(len(seen) - 1)]
    assert min(steps) >= 0 and max(steps) <= 10, steps
    assert 345 <= seen[-1] <= 360


def test_a_session_without_an_energy_register_counts_power():
    session = Session()
    bench = Bench(session)
    device = bench.add(12)
    device.bank.put(100, "3i", 16000, 16000, 16000)
    # Currents in mA, nothing else.
    bench.metering.configure(ev=(CUSTOM, 12), custom=(3, 0, 4, (0, 0), (100, 3), (0, 0), (0, 0)))
    session.start()
    bench.run(61000)
    # 3 x 16 A x 230 V for a minute.
    assert 180 <= session.energy_wh <= 186
    assert bench.station.last("ev") == (16000, 16000, 16000, 11040)
    # The voltage at register 0 is refused by the device.
    assert bench.metering.ev.values.voltage_dv == [0, 0, 0]


def test_a_negative_net_energy_does_not_disturb_the_session():
    bench = fed(ev=(API, 12))
    assert bench.metering.feed(USE_EV, 0, 0, 0, 0, 10, 20)
    assert bench.station.session.net_wh == []


def test_impossible_currents_are_no_reading():
    bench = Bench()
    device = bench.add(10)
    device.bank.put(100, "3i", 0x7FFFFFFF, 0, 0)
    bench.metering.configure(mains=(CUSTOM, 10), custom=(3, 0, 4, (0, 0), (100, 0), (0, 0), (0, 0)))
    bench.run(5000)
    assert bench.metering.mains.readings == 0
    assert bench.metering.mains.decode_errors == 5
    device.bank.put(100, "3i", -1000, 1000, 999)
    bench.run(1000)
    assert bench.station.last("mains") == (-1000000, 1000000, 999000)
