"""Three meters on one bus: order, periods, dead devices, exchange while running."""

from meter_bench import Bench, FakeStation, gaps

from evse.core import faults as f
from evse.services.meter_types import USE_MAINS
from evse.services.metering import Metering
from modbus import codes

EASTRON = 4


def three(delay_ms=5, **settings):
    bench = Bench()
    mains = bench.add_eastron(10, (10.0, 20.0, 30.0), delay_ms)
    ev = bench.add_eastron(12, (6.0, 7.0, 8.0), delay_ms)
    circuit = bench.add_eastron(13, (11.0, 12.0, 13.0), delay_ms)
    bench.metering.configure((EASTRON, 10), (EASTRON, 13), (EASTRON, 12), **settings)
    return bench, mains, ev, circuit


def count_of(bench, name, since_ms):
    return len([call for call in bench.station.of(name) if call[0] >= since_ms])


def test_every_value_of_three_meters():
    bench, _, _, _ = three()
    bench.run(3000)
    station = bench.station
    assert station.last("mains") == (10000, -20000, 30000)
    assert station.last("circuit") == (11000, -12000, 13000)
    assert station.last("ev") == (6000, -7000, 8000, 575)
    assert station.last("mains_voltage") == (2305, 2315, 2325)
    assert station.last("ev_voltage") == (2305, 2315, 2325)
    assert station.session.net_wh[-1] == 997500
    for meter in (bench.metering.mains, bench.metering.circuit, bench.metering.ev):
        assert meter.state_text() == "ok"
        assert meter.errors == 0 and meter.readings == 3
        assert 25 <= meter.latency_ms <= meter.worst_latency_ms <= 60
        assert meter.age_ms(bench.clock.now) < 1000
        assert meter.values.import_wh == 1000000 and meter.values.export_wh == 2500


def test_currents_are_asked_together_and_once_a_second():
    bench, _, _, _ = three()
    bench.run(100000)
    mains = [call[0] for call in bench.station.of("mains")]
    ev = [call[0] for call in bench.station.of("ev")]
    circuit = [call[0] for call in bench.station.of("circuit")]
    assert len(mains) == len(ev) == len(circuit) == 100
    for index in range(100):
        assert 0 < ev[index] - mains[index] < 70
        assert 0 < circuit[index] - ev[index] < 70
    # A slow request may delay a cycle by its own length.
    assert min(gaps(mains)) > 900 and max(gaps(mains)) < 1100
    assert 45 <= len(bench.station.session.net_wh) <= 52
    assert 9 <= len(bench.station.of("mains_voltage")) <= 11


def test_coarse_steps_work_too():
    for step_ms in (2, 5, 10, 20):
        bench, _, _, _ = three()
        bench.run(20000, step_ms)
        assert bench.metering.mains.errors == 0, step_ms
        assert 19 <= bench.metering.mains.readings <= 21, step_ms


def test_few_steps():
    bench, _, _, _ = three()
    bench.run(100000)
    print("steps of an event-driven owner for 100 s: %d" % bench.steps)
    assert bench.steps < 100 * 3 * 12


def test_as_fast_as_the_bus_allows():
    bench, _, _, _ = three(period_ms=0)
    bench.run(20000)
    mains = bench.metering.mains
    assert mains.errors == 0
    # Three transactions of about 52 ms and one more.
    assert mains.readings > 90
    # The slow values come all the same.
    assert 9 <= len(bench.station.session.net_wh) <= 11
    assert len(bench.station.of("mains_voltage")) == 2


def test_a_dead_meter_delays_the_others_by_one_time_out():
    for dead in ("mains", "circuit", "ev"):
        bench, mains, ev, circuit = three()
        bench.run(10000)
        broken = {"mains": mains, "ev": ev, "circuit": circuit}[dead]
        broken.mode = "silent"
        bench.run(60000)
        for name in ("mains", "circuit", "ev"):
            times = [call[0] for call in bench.station.of(name) if call[0] > 11000]
            if name == dead:
                assert not times
                continue
            print("%s dead: %s every %d..%d ms" % (dead, name, min(gaps(times)), max(gaps(times))))
            assert len(times) >= 58
            assert max(gaps(times)) < 1000 + 250
        # Rests of 0.5, 1, 2, 4, 4.5, 4.5 ... s: one in five seconds.
        asked = [at_ms for at_ms in broken.asked_ms if at_ms > 20000]
        assert 9 <= len(asked) <= 12
        assert max(gaps(asked)) <= 5000


def test_the_dead_meter_is_noticed_when_it_returns():
    for dead_ms in (500, 1700, 6000, 33000, 200000):
        bench, mains, _, _ = three()
        bench.run(10000)
        mains.mode = "silent"
        bench.run(dead_ms)
        back_ms = bench.clock.elapsed_ms
        mains.mode = "ok"
        bench.run(8000)
        first_ms = [call[0] for call in bench.station.of("mains") if call[0] > back_ms][0]
        print("dead for %d ms, read again after %d ms" % (dead_ms, first_ms - back_ms))
        assert first_ms - back_ms <= 5000
        assert bench.metering.mains.state_text() == "ok"


def test_a_garbled_meter():
    bench, mains, _, _ = three()
    bench.run(5000)
    mains.mode = "garbled"
    readings = bench.metering.mains.readings
    bench.run(30000)
    assert bench.metering.mains.readings == readings
    assert bench.metering.mains.last_result == codes.BAD_CRC
    assert bench.metering.mains.errors >= 6
    assert bench.metering.mains.state_text() == "reply with wrong checksum"
    assert bench.metering.ev.errors == 0 and bench.metering.circuit.errors == 0


def test_silence_of_each():
    bench, mains, ev, circuit = three()
    bench.run(3000)
    for device in (mains, ev, circuit):
        device.mode = "silent"
    metering = bench.metering
    for at_ms, silent in (
        (10000, ()),
        (15000, ("mains",)),
        (24000, ("mains", "circuit")),
        (65000, ("mains", "circuit")),
    ):
        bench.run(at_ms - bench.clock.elapsed_ms)
        assert metering.mains.silent == ("mains" in silent)
        assert metering.circuit.silent == ("circuit" in silent)
        assert not metering.ev.silent
        assert not bench.station.faults.present[f.EV_METER_SILENT]
    bench.run(3000)
    assert metering.ev.silent and bench.station.faults.present[f.EV_METER_SILENT]
    ev.mode = "ok"
    bench.run(6000)
    assert not bench.station.faults.present[f.EV_METER_SILENT]


def test_a_silent_mains_meter_with_its_own_time():
    bench = Bench()
    bench.metering.configure(mains=(EASTRON, 10), mains_silent_ms=30000)
    bench.run(29000)
    assert not bench.metering.mains.silent
    bench.run(2000)
    assert bench.metering.mains.silent
    bench.metering.configure(mains=(EASTRON, 10), mains_silent_ms=0)
    bench.run(4000000)
    assert not bench.metering.mains.silent


def test_refused_requests_rest_alone():
    bench, mains, _, _ = three()
    # Without energies: an illegal address.
    for register in (0x48, 0x49, 0x4A, 0x4B):
        del mains.bank.words[register]
    bench.run(100000)
    meter = bench.metering.mains
    assert meter.readings == 100
    assert meter.last_result == codes.OK
    assert 2 <= meter.errors <= 4
    assert len([read for read in mains.bank.reads if read[0] == 0x48]) == meter.errors
    assert meter.state_text() == "ok"


def test_an_exception_for_the_currents():
    bench = Bench()
    device = bench.add(10)
    bench.metering.configure(mains=(EASTRON, 10))
    bench.run(5000)
    assert bench.metering.mains.state_text() == "illegal data address"
    assert bench.metering.mains.errors == 5
    assert bench.metering.mains.last_exception == 2
    assert device.bank.reads[0] == (6, 12)


def test_exchange_while_running():
    bench, _, _, _ = three()
    other = bench.add(40)
    other.bank.put(0x0BB7, "60H", *([0] * 60))
    other.bank.put(0x0BB7, "3f", 1.0, 2.0, 3.0)
    other.bank.put(0x0BED, "3f", 0.25, 0.5, -0.75)
    other.bank.put(0xB02B, "2f", 1.0, 0.0)
    for moment_ms in range(0, 120, 7):
        bench.metering.configure((EASTRON, 10), (EASTRON, 13), (EASTRON, 12))
        bench.run(2000 + moment_ms)
        bench.metering.configure((EASTRON, 10), (EASTRON, 13), (14, 40))
        assert bench.metering.ev.readings == 0
        assert bench.station.calls[-1][1] == "gone"
        bench.run(1500)
        assert bench.station.last("ev") == (1000, 2000, -3000, 0)
        assert bench.metering.ev.errors == 0
    assert bench.metering.mains.errors == 0


def test_the_same_settings_change_nothing():
    bench, _, _, _ = three()
    bench.run(2500)
    before = bench.metering.mains
    gone = len(bench.station.of("gone"))
    bench.metering.configure((EASTRON, 10), (EASTRON, 13), (EASTRON, 12))
    assert bench.metering.mains is before
    bench.metering.configure((EASTRON, 10), (EASTRON, 13), (EASTRON, 12), mains_a=200, is_delta=True)
    assert bench.metering.mains is before
    bench.run(1000)
    assert bench.metering.mains.readings == 4
    assert len(bench.station.of("gone")) == gone
    bench.metering.configure((EASTRON, 10), (EASTRON, 13), (EASTRON, 14))
    assert bench.metering.mains is before
    assert len(bench.station.of("gone")) == gone + 1


def test_nothing_configured_uses_no_bus():
    bench = Bench()
    assert bench.metering.next_due_ms(bench.clock.now) == -1
    bench.run(100000, 100)
    assert bench.metering.mains.state_text() == "off"
    assert not bench.station.calls
    assert not bench.metering.mains.silent and not bench.metering.ev.silent
    bench.metering.configure()
    assert bench.metering.next_due_ms(bench.clock.now) == -1


def test_months_without_a_meter_then_one():
    bench = Bench()
    bench.add_eastron(10)
    bench.run(1000)
    bench.clock.advance(400000000)
    bench.run(1000)
    bench.metering.configure(mains=(EASTRON, 10))
    bench.run(1000)
    assert bench.metering.mains.readings >= 1


def test_a_meter_dead_for_longer_than_the_ticks():
    bench = Bench()
    mains = bench.add_eastron(10)
    bench.metering.configure(mains=(EASTRON, 10))
    bench.run(2000)
    mains.mode = "silent"
    for _ in range(14 * 24 * 2):
        bench.clock.advance(1800000)
        bench.run(300)
    assert bench.metering.mains.silent
    mains.mode = "ok"
    bench.run(6000)
    assert bench.metering.mains.readings >= 3
    assert bench.metering.mains.age_ms(bench.clock.now) < 1100


def test_a_type_that_cannot_be_used_here():
    bench = Bench()
    bench.metering.configure(circuit=(1, 13), ev=(7, 12), mains=(19, 10))
    bench.run(70000)
    for meter in (bench.metering.circuit, bench.metering.ev, bench.metering.mains):
        assert meter.silent and meter.errors == 0
        assert meter.state_text() == "this type cannot be used here"


def test_bad_arguments_change_nothing():
    bench, _, _, _ = three()
    before = bench.metering.mains
    for arguments, name in (
        ({"mains": (99, 10)}, "meter type"),
        ({"mains": (4, 0)}, "address"),
        ({"ev": (4, 248)}, "address"),
        ({"ev": (19, 12), "custom": (0, 3, 4, (0, 0), (0, 0), (0, 0), (0, 0))}, "data type"),
        ({"ev": (19, 12), "custom": (4, 0, 4, (0, 0), (0, 0), (0, 0), (0, 0))}, "order"),
        ({"ev": (19, 12), "custom": (0, 0, 5, (0, 0), (0, 0), (0, 0), (0, 0))}, "function"),
        ({"ev": (19, 12), "custom": (0, 0, 4, (0, 0), (65535, 0), (0, 0), (0, 0))}, "current register"),
        ({"ev": (19, 12), "custom": (0, 0, 4, (0, 0), (0, 0), (0, 8), (0, 0))}, "digits"),
    ):
        try:
            bench.configure(arguments)
        except ValueError as error:
            assert name in str(error), error
        else:
            raise AssertionError(name)
        assert bench.metering.mains is before


def test_without_a_port_fed_meters_work():
    bench = Bench()
    station = FakeStation(bench.clock)
    metering = Metering(None, station, bench.clock)
    metering.configure(mains=(9, 10), ev=(4, 12))
    metering.step(bench.clock.now)
    assert metering.feed(USE_MAINS, 1000, 2000, 3000)
    assert station.last("mains") == (1000, 2000, 3000)
    assert metering.sleep_ms(bench.clock.now) > 0


def test_sleeps_are_short_only_while_a_reply_may_come():
    bench, _, _, _ = three()
    bench.metering.step(bench.clock.now)
    # Request 8 characters, silence, reply 29 characters.
    assert 40 <= bench.metering.sleep_ms(bench.clock.now) <= 46
    bench.run(600)
    assert bench.metering.sleep_ms(bench.clock.now) == 20


def silent_about_energy(times):
    """Return a bench whose EV meter does not answer the first requests for its energy, and a list of all of them."""
    bench = Bench()
    device = bench.add_eastron(12)
    bench.metering.configure(ev=(EASTRON, 12))
    asked = []
    answer = device.bank.read

    def read(function, register, count, buffer, offset):
        is_energy = register == 0x48
        device.mode = "silent" if is_energy and len(asked) < times else "ok"
        if is_energy:
            asked.append(register)
        return answer(function, register, count, buffer, offset)

    device.bank.read = read
    return bench, asked


def test_lost_replies_about_energy_are_asked_for_again_soon():
    bench, asked = silent_about_energy(2)
    bench.run(9000)
    # A charge point waits for so long before it begins without a register.
    assert len(asked) == 3 and bench.metering.ev.values.import_wh == 1000000


def test_a_meter_that_never_tells_its_energy_is_asked_ever_more_rarely():
    bench, asked = silent_about_energy(1000)
    bench.run(600000)
    assert 10 <= len(asked) <= 15 and bench.metering.ev.readings > 580
