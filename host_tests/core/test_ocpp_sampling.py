"""When OCPP reads a meter, and what a StopTransaction tells (cases 070, 071; errata 3.13 to 3.16, 3.78, 3.91)."""

import json

from ocpp_local_bench import NOON, configuration, reading

from ocpp16 import meter_values as mv
from ocpp16.sampling import NOTHING, ROOM, Sampler, transaction_data

# Five seconds before the ticks wrap.
START_MS = (1 << 30) - 5000
ENERGY = "Energy.Active.Import.Register"


class Watch:
    """Second after second until `seconds` are over; what is taken is noted as (second, context, time)."""

    def __init__(self, sampler, now_ms=START_MS, unix_s=NOON) -> None:
        self.sampler = sampler
        self.now_ms = now_ms
        self.unix_s = unix_s
        self.second = 0
        self.taken = []
        self.energy_wh = 1000

    def run(self, seconds, step_s=1) -> list:
        for _ in range(0, seconds, step_s):
            self.pass_time(step_s)
            while True:
                context = self.sampler.due(self.now_ms, self.unix_s)
                if context == NOTHING:
                    break
                packed = self.sampler.take(context, reading(energy_wh=self.energy_wh), self.unix_s)
                self.taken.append((self.second, context, mv.unix_s(packed)))
        return self.taken

    def pass_time(self, step_s) -> None:
        self.second += step_s
        self.energy_wh += step_s
        self.now_ms = (self.now_ms + step_s * 1000) & 0x3FFFFFFF
        if self.unix_s > 0:
            self.unix_s += step_s

    def begin(self) -> None:
        self.sampler.begin(reading(energy_wh=self.energy_wh), self.now_ms, self.unix_s)

    def end(self) -> list:
        """Return the transactionData."""
        data = self.sampler.end(reading(energy_wh=self.energy_wh), self.unix_s)
        text = "".join(transaction_data(data))
        return json.loads(text) if text else []


def new(connector=1, **values) -> Watch:
    return Watch(Sampler(configuration(**values), connector))


def contexts(data) -> list:
    return [value["sampledValue"][0]["context"] for value in data]


def test_070_sampled_values_come_at_the_interval_from_the_start_of_the_transaction():
    watch = new(MeterValueSampleInterval="60")
    assert watch.run(200) == []
    watch.begin()
    begin = watch.second
    found = watch.run(200)
    assert [one[0] - begin for one in found] == [60, 120, 180]
    assert [one[1] for one in found] == [mv.PERIODIC] * 3
    assert [one[2] for one in found] == [NOON + begin + 60, NOON + begin + 120, NOON + begin + 180]
    watch.end()
    assert watch.run(200) == found


def test_b014_each_second():
    watch = new(OCPPViaLocalNetworkMinInterval="true", MeterValueSampleInterval="1")
    watch.begin()
    assert [one[0] for one in watch.run(20)] == list(range(1, 21))


def test_the_longest_interval_and_none():
    watch = new(MeterValueSampleInterval="99999")
    watch.begin()
    assert [one[0] for one in watch.run(250000, 50)] == [100000, 200000]
    watch = new(MeterValueSampleInterval="0")
    watch.begin()
    assert watch.run(5000, 10) == []
    assert watch.sampler.next_due_ms(watch.now_ms, watch.unix_s) == -1


def test_intervals_add_up_though_the_loop_is_late():
    watch = new(MeterValueSampleInterval="10")
    watch.begin()
    assert [one[0] for one in watch.run(60, 3)] == [12, 21, 30, 42, 51, 60]
    # But what was missed is not made up for.
    assert len(watch.run(95, 95)) == 7
    assert [one[0] for one in watch.run(10)][-1] == 165


def test_a_changed_interval_acts_at_once():
    config = configuration(MeterValueSampleInterval="1000")
    watch = Watch(Sampler(config, 1))
    watch.begin()
    watch.run(30)
    config.change("MeterValueSampleInterval", "20")
    # Still counted from the start of the transaction.
    assert [one[0] for one in watch.run(50)] == [31, 40, 60, 80]


def test_071_clock_aligned_values_stand_on_the_grid_with_its_time():
    watch = new(ClockAlignedDataInterval="900")
    watch.unix_s = NOON + 7
    found = watch.run(3000)
    assert [one[2] for one in found] == [NOON + 900, NOON + 1800, NOON + 2700]
    assert [one[1] for one in found] == [mv.CLOCK] * 3
    # A loop that comes late does not move them.
    watch = new(ClockAlignedDataInterval="900")
    watch.unix_s = NOON + 1
    assert [one[2] for one in watch.run(2000, 4)] == [NOON + 900, NOON + 1800]
    assert [one[0] for one in watch.taken] == [900, 1800]


def test_the_grid_begins_anew_at_midnight():
    watch = new(ClockAlignedDataInterval="1000")
    watch.unix_s = NOON + 43200 - 1500
    assert [one[2] - NOON - 43200 for one in watch.run(2600)] == [-1400, -400, 0, 1000]


def test_a_grid_of_a_day_and_of_a_second():
    watch = new(ClockAlignedDataInterval="86400")
    assert [one[2] for one in watch.run(200000, 10)] == [NOON + 43200, NOON + 129600]
    watch = new(ClockAlignedDataInterval="1")
    assert [one[2] - NOON for one in watch.run(5)] == [1, 2, 3, 4, 5]


def test_a_clock_that_jumps():
    watch = new(ClockAlignedDataInterval="60")
    watch.run(70)
    # A little back: nothing twice.
    watch.unix_s -= 15
    watch.run(65)
    assert [one[2] - NOON for one in watch.taken] == [60, 120]
    # Far ahead: no value stands for a moment that it did not see.
    watch.unix_s += 3630
    watch.run(60)
    times = [one[2] for one in watch.taken]
    assert len(times) == 3 and times[2] % 60 == 0 and times[2] > NOON + 3600
    # Far back.
    watch.unix_s = NOON - 86400
    watch.run(61)
    assert watch.taken[-1][2] == NOON - 86400 + 60


def test_without_the_time_there_is_no_grid():
    watch = new(ClockAlignedDataInterval="60", MeterValueSampleInterval="50")
    watch.unix_s = 0
    watch.begin()
    assert [one[1] for one in watch.run(200)] == [mv.PERIODIC] * 4
    assert watch.taken[0][2] == 0


def test_connector_0_has_the_grid_only():
    watch = new(0, ClockAlignedDataInterval="60")
    assert [one[1] for one in watch.run(130)] == [mv.CLOCK] * 2
    assert watch.sampler.items(mv.CLOCK) and not watch.sampler.running


def test_when_it_is_next_due():
    watch = new(ClockAlignedDataInterval="900", MeterValueSampleInterval="60")
    watch.unix_s = NOON + 800
    sampler = watch.sampler
    assert sampler.next_due_ms(watch.now_ms, watch.unix_s) == 100000
    assert sampler.next_due_ms(watch.now_ms, 0) == -1
    watch.begin()
    assert sampler.next_due_ms(watch.now_ms, watch.unix_s) == 60000
    watch.run(50)
    assert sampler.next_due_ms(watch.now_ms, watch.unix_s) == 10000
    watch.run(45)
    assert sampler.next_due_ms(watch.now_ms, watch.unix_s) == 5000


def test_errata_3_46_a_trigger_shows_what_is_sampled():
    config = configuration(MeterValuesSampledData="Voltage.L1,Frequency", MeterValuesAlignedData=ENERGY)
    sampler = Sampler(config, 1)
    assert sampler.items(mv.TRIGGER) == config.items("MeterValuesSampledData")
    assert sampler.items(mv.CLOCK) == config.items("MeterValuesAlignedData")
    config.change("MeterValuesSampledData", "Temperature")
    assert sampler.items(mv.PERIODIC) == config.items("MeterValuesSampledData")


def test_errata_3_13_empty_lists_put_nothing_into_a_stop_transaction():
    watch = new(MeterValueSampleInterval="10")
    watch.begin()
    watch.run(100)
    assert watch.end() == []


def test_stop_data_has_both_ends_and_what_was_sampled():
    watch = new(
        MeterValueSampleInterval="60",
        ClockAlignedDataInterval="900",
        StopTxnSampledData=ENERGY + ",Current.Import.L1",
        StopTxnAlignedData="Voltage.L1",
    )
    watch.unix_s = NOON + 840
    watch.begin()
    watch.run(130)
    data = watch.end()
    assert contexts(data) == [
        "Transaction.Begin",
        "Sample.Periodic",
        "Sample.Clock",
        "Sample.Periodic",
        "Transaction.End",
    ]
    # Errata 3.14: both ends have every measurand that is configured.
    assert [len(value["sampledValue"]) for value in data] == [3, 2, 1, 2, 3]
    assert data[2]["timestamp"] == "2026-01-31T12:15:00Z"
    energy = [value["sampledValue"][0]["value"] for value in data]
    assert (energy[0], energy[1], energy[3], energy[4]) == ("1000", "1060", "1120", "1130")


def test_errata_3_91_what_is_too_much_goes_from_the_middle_evenly():
    for interval in ("60", "0"):
        watch = new(
            MeterValueSampleInterval="10",
            ClockAlignedDataInterval=interval,
            StopTxnSampledData=ENERGY,
            StopTxnAlignedData=ENERGY,
        )
        watch.begin()
        watch.run(20000, 5)
        data = watch.end()
        assert ROOM // 2 - 2 <= len(data) <= ROOM
        kinds = contexts(data)
        assert kinds[0] == "Transaction.Begin" and kinds[-1] == "Transaction.End"
        values = [int(value["sampledValue"][0]["value"]) for value in data]
        assert values[0] == 1000 and values[-1] == 21000
        assert values == sorted(values)
        sampled = [values[at] for at in range(len(values)) if kinds[at] == "Sample.Periodic"]
        gaps = [sampled[at + 1] - sampled[at] for at in range(len(sampled) - 1)]
        assert min(gaps) == max(gaps), gaps
        if interval == "60":
            assert "Sample.Clock" in kinds


def test_errata_3_78_the_register_never_goes_back_within_a_transaction():
    watch = new(MeterValueSampleInterval="10", StopTxnSampledData=ENERGY)
    watch.begin()
    watch.run(20)
    watch.energy_wh = 500
    watch.run(10)
    data = watch.end()
    assert [value["sampledValue"][0]["value"] for value in data] == ["1000", "1010", "1020", "1020", "1020"]
    # The next one begins with what the meter shows.
    watch.begin()
    assert watch.end()[0]["sampledValue"][0]["value"] == str(watch.energy_wh)


def test_a_transaction_goes_on_after_a_restart():
    watch = new(MeterValueSampleInterval="10", StopTxnSampledData=ENERGY)
    watch.begin()
    watch.run(30)
    kept = watch.sampler.kept
    again = new(MeterValueSampleInterval="10", StopTxnSampledData=ENERGY)
    again.energy_wh = 1005
    again.sampler.resume(kept, again.now_ms)
    again.run(10)
    data = again.end()
    assert contexts(data) == ["Transaction.Begin"] + ["Sample.Periodic"] * 4 + ["Transaction.End"]
    assert [value["sampledValue"][0]["value"] for value in data] == [
        "1000",
        "1010",
        "1020",
        "1030",
        "1030",
        "1030",
    ]


def test_a_meter_that_says_nothing():
    sampler = Sampler(configuration(StopTxnSampledData=ENERGY), 1)
    nothing = reading(energy_wh=None)
    sampler.begin(nothing, 0, NOON)
    assert "".join(transaction_data(sampler.end(nothing, NOON))) == ""
