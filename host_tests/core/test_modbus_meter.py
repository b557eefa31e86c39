import struct

from evse.services import meter_types
from evse.services.meters import MeterPoller
from modbus import codes
from modbus.rtu import RtuClient
from modbus.ticks import FOREVER_MS, ticks_add, ticks_diff
from simworld.bus import InProcessBus
from simworld.sdm import SimulatedSdm, float32_bits

START_MS = (1 << 30) - 3000
POLLED = [index for index in meter_types.indices() if index != meter_types.DISABLED]


class Source:
    """What the simulated meter measures."""

    def __init__(self):
        self.current_ma = [16001, 15999, 1]
        self.power_w = [3680, -3679, 0]
        self.voltage_dv = [2301, 2299, 2305]
        self.energy_import_wh = 12345678
        self.energy_export_wh = 987


class Bench:
    """A poller and a simulated meter on one line, in virtual time."""

    def __init__(self, index=meter_types.EASTRON_3P, **arguments):
        self.now_ms = START_MS
        self.steps = 0
        self.source = Source()
        self.bus = InProcessBus(self.clock)
        end = self.bus.attach()
        self.client = RtuClient(**arguments)
        self.poller = MeterPoller(self.client, end, meter_types.find(index), 11)
        self.end = end
        self.sdm = SimulatedSdm(self.bus.attach(), self.source, 11)

    def clock(self):
        return self.now_ms

    def run(self, duration_ms):
        """Jump from event to event."""
        stop_ms = ticks_add(self.now_ms, duration_ms)
        while ticks_diff(stop_ms, self.now_ms) > 0:
            self.sdm.step(self.now_ms)
            self.poller.step(self.now_ms)
            self.steps += 1
            due_ms = min(
                self.poller.next_due_ms(self.now_ms),
                self.sdm.next_due_ms(self.now_ms),
                self.end.next_due_ms(self.now_ms),
            )
            self.now_ms = ticks_add(self.now_ms, min(max(1, due_ms), ticks_diff(stop_ms, self.now_ms)))

    def run_coarse(self, duration_ms, step_ms):
        """Step both ends in a fixed raster."""
        for _ in range(duration_ms // step_ms):
            self.sdm.step(self.now_ms)
            self.poller.step(self.now_ms)
            self.now_ms = ticks_add(self.now_ms, step_ms)


def check_values(meter, source):
    assert meter.current_ma == [16001, -15999, 1]
    assert meter.phase_power_w == source.power_w
    assert meter.power_w == sum(source.power_w)
    assert meter.voltage_dv == source.voltage_dv
    assert meter.energy_import_wh == source.energy_import_wh
    assert meter.energy_export_wh == source.energy_export_wh


def test_values_arrive_exactly():
    for index in POLLED:
        bench = Bench(index)
        bench.run(400)
        check_values(bench.poller.meter, bench.source)
        assert bench.poller.meter.errors == 0


def test_poll_rates_and_tick_wrap():
    bench = Bench()
    bench.run(100000)
    meter = bench.poller.meter
    assert meter.readings == 100
    assert meter.energy_readings == 10
    assert meter.voltage_readings == 10
    assert bench.client.counters.requests == 120
    assert bench.client.counters.foreign_frames == 0
    assert bench.steps < 120 * 8
    check_values(meter, bench.source)


def test_coarse_polling_works_too():
    for step_ms in (2, 5, 10, 20):
        bench = Bench()
        bench.run_coarse(30000, step_ms)
        assert bench.poller.meter.errors == 0, step_ms
        assert 28 <= bench.poller.meter.readings <= 31
        check_values(bench.poller.meter, bench.source)


def test_a_step_is_idle_between_polls():
    bench = Bench()
    bench.run(500)
    assert not bench.client.busy
    assert bench.poller.next_due_ms(bench.now_ms) == 500


def test_new_values_follow():
    bench = Bench()
    bench.run(1500)
    bench.source.current_ma = [6000, 6000, 6000]
    bench.source.power_w = [1380, 1380, 1380]
    bench.source.energy_import_wh += 1
    bench.run(1000)
    assert bench.poller.meter.current_ma == [6000, 6000, 6000]
    assert bench.poller.meter.power_w == 4140
    assert bench.poller.meter.energy_import_wh == 12345678
    bench.run(10000)
    assert bench.poller.meter.energy_import_wh == 12345679


def test_silence_and_recovery():
    bench = Bench()
    bench.run(5000)
    meter = bench.poller.meter
    assert meter.is_fresh(bench.now_ms) and not meter.silent
    assert meter.age_ms(bench.now_ms) < 1000
    bench.sdm.set_mode("silent")
    bench.run(5000)
    assert not meter.is_fresh(bench.now_ms)
    assert not meter.silent
    bench.run(55000)
    assert not meter.silent
    bench.run(5000)
    assert meter.silent
    assert meter.last_result == codes.TIMEOUT
    check_values(meter, bench.source)
    bench.sdm.set_mode("ok")
    bench.run(2000)
    assert not meter.silent
    assert meter.is_fresh(bench.now_ms)


def test_silent_from_the_start():
    bench = Bench()
    bench.sdm.set_mode("silent")
    assert bench.poller.meter.age_ms(bench.now_ms) == FOREVER_MS
    bench.run(63000)
    assert not bench.poller.meter.silent
    bench.run(2000)
    assert bench.poller.meter.silent
    assert bench.poller.meter.age_ms(bench.now_ms) == FOREVER_MS


def test_silence_for_longer_than_the_ticks():
    bench = Bench()
    bench.run(2000)
    bench.sdm.set_mode("silent")
    meter = bench.poller.meter
    for _ in range(14 * 24 * 2):
        # Half an hour at a time: the schedule must survive without being stepped every second.
        bench.now_ms = ticks_add(bench.now_ms, 1800000)
        bench.run(400)
    assert meter.silent
    assert not meter.is_fresh(bench.now_ms)
    assert meter.age_ms(bench.now_ms) == FOREVER_MS
    bench.sdm.set_mode("ok")
    bench.run(2000)
    assert meter.is_fresh(bench.now_ms)


def test_garbage_changes_nothing():
    bench = Bench(retries=0)
    bench.run(1500)
    bench.sdm.set_mode("garbage")
    bench.source.current_ma = [1, 2, 3]
    before = bench.poller.meter.readings
    bench.run(60000)
    assert bench.poller.meter.readings == before
    assert bench.poller.meter.errors >= 60
    assert bench.poller.meter.current_ma == [16001, -15999, 1]
    bench.sdm.set_mode("ok")
    bench.run(1500)
    assert bench.poller.meter.current_ma == [1, -2, 3]


def test_a_dead_meter_costs_little_bus_time():
    bench = Bench(retries=0)
    bench.sdm.set_mode("silent")
    bench.run(120000)
    requests = bench.client.counters.requests
    assert 119 <= requests <= 141


def test_not_a_number_is_refused():
    bench = Bench()
    bench.run(1500)
    good = bench.poller.meter.readings
    bench.sdm.registers.bits_of = lambda register: 0x7FC00000
    bench.run(11000)
    meter = bench.poller.meter
    assert meter.readings == good
    assert meter.decode_errors >= 10
    check_values(meter, bench.source)


def test_disabled_meter_never_uses_the_port():
    bench = Bench(meter_types.DISABLED)
    assert not bench.poller.meter.is_enabled
    assert bench.poller.next_due_ms(bench.now_ms) == FOREVER_MS
    bench.run_coarse(100000, 100)
    assert bench.client.counters.requests == 0
    assert not bench.poller.meter.silent
    assert not bench.poller.meter.is_fresh(bench.now_ms)


def test_table():
    assert 4 in meter_types.indices() and 10 in meter_types.indices()
    assert meter_types.find(meter_types.DISABLED).index == 0
    for index in POLLED:
        row = meter_types.find(index)
        assert row.index == index
        assert row.block_register <= row.current_register
        for register in (row.current_register, row.power_register):
            assert register + 3 * row.width <= row.block_register + row.block_count
        assert (row.voltage_digits, row.current_digits, row.power_digits) == (1, 3, 0)
    try:
        meter_types.find(99)
    except ValueError as error:
        assert "meter type" in str(error)
    else:
        raise AssertionError("99 is no meter")


def test_bad_arguments():
    bench = Bench()
    for call, name in (
        (lambda: MeterPoller(bench.client, bench.end, meter_types.find(4), 0), "address"),
        (lambda: bench.sdm.set_mode("loud"), "mode"),
        (lambda: InProcessBus(bench.clock, 10), "baud"),
    ):
        try:
            call()
        except ValueError as error:
            assert name in str(error)
        else:
            raise AssertionError(name)


def test_encoder_of_the_simulated_meter():
    for value, digits in ((1, 3), (16001, 3), (-16001, 3), (2301, 1), (16383999, 3), (-5, 0), (22080, 0)):
        bits = float32_bits(value, digits)
        number = struct.unpack(">f", struct.pack(">I", bits))[0]
        assert abs(number) * 10**digits >= abs(value) * 0.9999999
        assert abs(number * 10**digits - value) < 1
        assert (bits >> 31) == (1 if value < 0 else 0)
    assert float32_bits(0, 3) == 0


def test_bus_pacing():
    bench = Bench()
    bus = InProcessBus(bench.clock)
    ends = [bus.attach() for _ in range(3)]
    ends[0].write(bytearray(range(20)), 20)
    view = memoryview(bytearray(64))
    assert ends[1].read_into(view) == 0
    assert ends[1].next_due_ms(bench.now_ms) == 21
    bench.now_ms = ticks_add(bench.now_ms, 10)
    assert ends[1].read_into(view) == 9
    bench.now_ms = ticks_add(bench.now_ms, 11)
    assert ends[1].read_into(view) == 11
    assert ends[2].read_into(view) == 20
    assert bytes(view[:20]) == bytes(range(20))
    assert ends[0].read_into(view) == 0
    assert ends[2].next_due_ms(bench.now_ms) == FOREVER_MS
