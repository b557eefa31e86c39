"""What the configuration, lists and sampling of OCPP cost in memory and time; the figures are printed."""

import gc
import time

from power_cut import ROOT, formatted, unmount

from ocpp16.auth_cache import AuthCache
from ocpp16.authorization import Authorization
from ocpp16.configuration import Configuration
from ocpp16.local_list import LocalList
from ocpp16.meter_values import CLOCK, Reading, request
from ocpp16.reservation import Reservations
from ocpp16.sampling import Sampler
from ocpp16.tag_file import TagFile

TAGS = 1000


class Memory:
    """A store that keeps nothing."""

    def load(self):
        return 0, None

    def save(self, value):
        pass


def always():
    return True


def held(function):
    """Return what `function` returns and how many bytes of heap it keeps."""
    gc.collect()
    before = gc.mem_alloc()
    result = function()
    gc.collect()
    return result, gc.mem_alloc() - before


def number(index):
    return "%08X%06X" % (index * 2654435761 % 0x100000000, index)


def everything():
    config = Configuration(Memory())
    local_list = LocalList(config, TagFile(ROOT + "/list", always))
    cache = AuthCache(config, TagFile(ROOT + "/cache", always))
    authorization = Authorization(config, local_list, cache)
    reservations = Reservations(config, Memory(), 1, lambda number: "Available", always)
    samplers = [Sampler(config, 0), Sampler(config, 1)]
    for sampler in samplers:
        sampler.due(0, 0)
    local_list.file.load()
    return config, local_list, cache, authorization, reservations, samplers


def test_objects_of_an_idle_station():
    formatted(400)
    _, empty = held(everything)
    file = TagFile(ROOT + "/list", always)
    local_list = LocalList(Configuration(Memory()), file)
    update = local_list.begin()
    for index in range(TAGS):
        update.take({"idTag": number(index), "idTagInfo": {"status": "Accepted"}})
    worst_us = 0
    begin_us = time.ticks_us()
    assert update.finish(1, True) == "Accepted"
    finish_us = time.ticks_diff(time.ticks_us(), begin_us)
    (_, local_list, *_), full = held(everything)
    begin_us = time.ticks_us()
    for index in range(TAGS):
        one_us = time.ticks_us()
        assert local_list.find(number(index)) is not None
        worst_us = max(worst_us, time.ticks_diff(time.ticks_us(), one_us))
    found_us = time.ticks_diff(time.ticks_us(), begin_us)
    print(
        "OCPP configuration, list, cache, reservations, sampling: %d bytes of objects, %d with 1000 identifiers; "
        "lookup %d us on average, %d at worst; end of an update %d us"
        % (empty, full, found_us // TAGS, worst_us, finish_us)
    )
    assert empty < 5500 and full < 9000
    unmount()


def test_a_step_of_the_list_is_short():
    formatted(400)
    local_list = LocalList(Configuration(Memory()), TagFile(ROOT + "/list", always))
    for version in (1, 2):
        update = local_list.begin()
        for index in range(TAGS):
            update.take({"idTag": number(index), "idTagInfo": {"status": "Accepted"}})
        assert update.finish(version, True) == "Accepted"
    again = TagFile(ROOT + "/list", always)
    worst_us = 0
    steps = 0
    for _ in range(400):
        begin_us = time.ticks_us()
        again.step()
        took_us = time.ticks_diff(time.ticks_us(), begin_us)
        worst_us = max(worst_us, took_us)
        steps += took_us > 100
    assert again.count == TAGS and again.version == 2
    print("local list: load and rewrite of 2000 records in %d steps, %d us at worst" % (steps, worst_us))
    unmount()


def test_what_is_kept_for_a_stop_transaction():
    config = Configuration(Memory())
    config.change("StopTxnSampledData", "Energy.Active.Import.Register")
    sampler = Sampler(config, 1)
    reading = Reading()
    reading.energy_wh = 1
    sampler.begin(reading, 0, 1)

    def charge():
        for second in range(3000):
            if sampler.due(second * 60000 & 0x3FFFFFFF, 0) >= 0:
                sampler.take(0, reading, 1)

    _, kept = held(charge)
    print("StopTransaction: %d bytes kept after two days of a sample per minute" % kept)
    assert kept <= 40 * 48 + 200


def test_a_message_with_thirteen_values():
    config = Configuration(Memory())
    config.change(
        "MeterValuesAlignedData",
        "Current.Import.L1,Current.Import.L2,Current.Import.L3,Voltage.L1-N,Voltage.L2-N,Voltage.L3-N,Current.Offered,"
        "Power.Active.Import.L1,Power.Active.Import.L2,Power.Active.Import.L3,Energy.Active.Import.Register,Frequency",
    )
    sampler = Sampler(config, 1)
    reading = Reading()
    reading.currents_ma = reading.voltages_dv = reading.powers_w = [1000, 2000, 3000]
    reading.energy_wh = reading.frequency_dhz = reading.offered_ma = 500
    begin_us = time.ticks_us()
    count = 0
    for _ in range(100):
        count = len("".join(request(sampler.take(CLOCK, reading, 1), sampler.items(CLOCK), 1, 5)))
    took_us = time.ticks_diff(time.ticks_us(), begin_us) // 100
    print("MeterValues with 12 samples: %d bytes of text in %d us" % (count, took_us))
    assert count > 1000
