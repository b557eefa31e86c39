"""What only a back end asks a meter for (rows B-021, B-023, B-033 and B-036), and the phases of the supply (B-007)."""

from bench_station import config, profile
from meter_bench import Bench
from ocpp_local_bench import refused
from ocpp_station_bench import Named
from test_ocpp_measurands import FULL

from evse.core import phase_choice as ph
from evse.core.station import Station
from evse.services import meter_types
from evse.services.configuration import core_config
from evse.services.meter_more import More
from evse.services.ocpp.facts import Meters
from evse.services.requests import measures_phases
from ocpp16 import measurands as m
from ocpp16 import meter_values as mv

EASTRON = 4


class App:
    """What of the App the readings of a back end come from."""

    def __init__(self, metering) -> None:
        self.metering = metering
        self.control = Named(inputs=Named(temp_mc=25000))
        self.station = Named(phases=3, limits=Named(limit_ma=16000), offered_ma=lambda: 16000)


def told(bench):
    """Return the values of the full list of measurands by their names."""
    packed = mv.pack(Meters(App(bench.metering)).read(1), 1789000000, mv.PERIODIC)
    found = {}
    for item in m.parse(FULL):
        found[m.name(item)] = mv._value(mv.struct.unpack(mv._LAYOUT, packed), item)
    return found


def zeros(register, count):
    return (register, "%dH" % count) + (0,) * count


def measured(index, puts):
    """Return a bench with one EV meter of a type, which has these registers, after half a minute."""
    bench = Bench()
    device = bench.add_eastron(12) if index in (4, 5, 10) else bench.add(12)
    for put in puts:
        device.bank.put(*put)
    bench.metering.configure(ev=(index, 12))
    bench.run(3000)
    Meters(App(bench.metering)).ready()
    bench.run(30000)
    return bench


def test_b036_all_of_an_eastron():
    bench = measured(EASTRON, ((0x46, "f", 49.98), (0x15A, "3f", 333.5, 333.25, 334.0)))
    assert told(bench) == {
        "Current.Import.L1": "1.5",
        "Current.Import.L2": "0.0",
        "Current.Import.L3": "3.5",
        # As measured, and not shares of the sum; the car gives nothing back.
        "Power.Active.Import.L1": "345",
        "Power.Active.Import.L2": "0",
        "Power.Active.Import.L3": "805",
        "Energy.Active.Import.Register": "1000000",
        "Voltage.L1-N": "230.5",
        "Voltage.L2-N": "231.5",
        "Voltage.L3-N": "232.5",
        "Current.Offered": "16",
        "Power.Offered": "11040",
        "Frequency": "49.9",
    }
    reading = Meters(App(bench.metering)).read(1)
    assert reading.energies_wh == [333500, 333250, 334000]
    meter = bench.metering.ev
    assert meter.state_text() == "ok" and meter.errors == 0
    # Rarely: the currents go first.
    asked = [read for read in bench.devices[0].bank.reads if read[0] == 0x46]
    assert 3 <= len(asked) <= 4 and meter.readings == 33


def test_other_registers():
    for index, puts, dhz, wh in (
        (
            6,
            (zeros(0x5B0C, 16), (0x5B2C, "H", 5003), (0x5460, "3Q", 101, 102, 103)),
            500,
            (1010, 1020, 1030),
        ),
        (
            16,
            (zeros(0x00, 40), (0x33, "h", 501), (0x40, "6H", 7, 0, 8, 0, 9, 1)),
            501,
            (700, 800, 6554500),
        ),
        (15, (zeros(0x200C, 14), (0x2044, "f", 4997.0)), 499, None),
        (14, (zeros(0x0BB7, 60), (0x0C25, "f", 50.04)), 500, None),
        (17, ((0x2002, "4H", 0, 0, 0, 0), (0x200E, "f", 50.0)), 500, None),
        (
            8,
            (zeros(0x500C, 6), (0x5008, "f", 50.0), (0x6012, "3f", 1.0, 2.0, 3.0)),
            500,
            (1000, 2000, 3000),
        ),
    ):
        more = measured(index, puts).metering.ev.more
        assert more is not None and more.frequency_dhz == dhz, (index, more and more.frequency_dhz)
        assert more.import_wh == (list(wh) if wh else None), (index, more.import_wh)


def test_b033_what_a_meter_does_not_know_is_left_out():
    # An SDM72 is of the same type, and refuses.
    bench = measured(EASTRON, ())
    shown = told(bench)
    assert shown["Frequency"] == "" and shown["Power.Active.Import.L3"] == "805"
    meter = bench.metering.ev
    assert meter.readings == 33 and meter.state_text() == "ok"
    bench.run(300000)
    # Once a minute is enough to ask for what was refused twice.
    assert meter.readings == 333 and meter.errors <= 16
    # What is no frequency of a grid is none.
    for hz in (0.0, 4999.0):
        assert told(measured(EASTRON, ((0x46, "f", hz),)))["Frequency"] == ""


def test_meters_that_know_none_of_it_are_not_asked():
    bench = Bench()
    bench.metering.configure(ev=(9, 12))
    Meters(App(bench.metering)).ready()
    assert bench.metering.ev.more is None and bench.metering.ev.requests == ()
    for index in meter_types.indices():
        more = More(meter_types.find(index))
        assert bool(more.requests) == (index in (4, 5, 6, 8, 10, 14, 15, 16, 17)), index


def test_b007_a_supply_of_one_phase():
    for contact2 in (ph.NOT_PRESENT, ph.ALWAYS_OFF, ph.ALWAYS_ON, ph.AUTO):
        for has_c2 in (False, True):
            for one_phase in (False, True):
                station = Station(profile(has_c2=has_c2))
                station.configure(config(contact2=contact2, one_phase=one_phase))
                wanted = 1 if one_phase or (has_c2 and contact2 == ph.ALWAYS_OFF) else 3
                assert station.regulation.choice.phases == wanted, (contact2, has_c2, one_phase)
    reading = mv.Reading()
    reading.offered_ma, reading.phases = 16000, 1
    packed = mv.pack(reading, 1789000000, mv.PERIODIC)
    assert '"value":"3680"' in "".join(mv.pieces(packed, m.parse("Power.Offered")))


def test_b007_the_setting():
    values = {"SupplyPhases": 1}

    class Settings:
        def get(self, key):
            return values.get(key, 0)

        def text(self, key):
            return "[]"

    assert core_config(Settings()).one_phase  # pyright: ignore[reportArgumentType]
    values["SupplyPhases"] = 0
    assert not core_config(Settings()).one_phase  # pyright: ignore[reportArgumentType]


def test_b032_one_phase_refuses_measurands_by_phase():
    settings = {"SupplyPhases": 0}
    ev = Named(type=Named(index=EASTRON))
    app = Named(settings=settings, metering=Named(ev=ev))
    assert measures_phases(app)
    settings["SupplyPhases"] = 1
    assert not measures_phases(app)
    assert "three phases" in refused(m.parse, "Current.Import.L1", measures_phases(app))
    settings["SupplyPhases"] = 0
    # An Eastron1P.
    ev.type.index = 10
    assert not measures_phases(app)
