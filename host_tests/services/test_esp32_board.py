"""Whole boards: `build(WIRING)` of each, with the real core charging a car over the fake chip."""

from contextlib import nullcontext
from typing import Any

import esp32_bench
import network
import pytest
from esp32 import Flash
from esp32_car import PP_32A_MV, Surroundings, charging_config
from fake_chip import OUT, MachineReset, chip
from machine import PWM
from onewire import OneWire
from pilot_circuit import InterpreterTime, PilotCircuit
from simulated_time import PERIOD, clock

from evse.core import faults as f
from evse.core import states as s
from evse.core.config import Config
from evse.core.io import Inputs
from evse.core.station import STEP_MS, Station
from evse.hal.esp32 import now, station_board
from evse.hal.esp32.onewire_rfid import OneWireRfid
from evse.hal.esp32.pilot import Pilot
from evse.services.control import Control

EFUSE = 0x3FF5A00C
EFUSE_U4WDH = 4 << 9
CASES = [("SMARTEVSE_V3", 0), ("SMARTEVSE_V3", EFUSE_U4WDH), ("PICO32", 0)]
IDS = ["SmartEVSE v3.0", "SmartEVSE v3.1", "PICO32"]
PARTS = """profile late_limit_ms pilot proximity contactors lock residual_current inputs temperature rfid buttons led
    displays meter_port storage scratch clock watchdog network read apply safe_state reset services
    open_recovery_link recovery_address start_update""".split()


class StationTime(InterpreterTime):
    """What counters cost the interpreter, milliseconds too."""

    def ticks_ms(self):
        return self.ticks_us() and clock.now_us // 1000 % PERIOD


class LevelPilot:
    """Stands in for the pilot: levels without a wave, so that this file is about the rest of the board."""

    outside: Any = None

    def __init__(self, wiring, windows):
        self.permille = 1000
        self.connected = False
        self.fails = False

    def set(self, permille, connected):
        if self.fails:
            raise OSError("pilot")
        self.permille = permille
        self.connected = connected

    def read_into(self, inputs):
        around = LevelPilot.outside
        volts = around.volts if self.permille else -12
        millivolts = min(around.millivolts(volts), 3280)
        inputs.pilot_high_min_mv = inputs.pilot_high_max_mv = millivolts
        low_mv = around.millivolts(-12) if 0 < self.permille < 1000 else -1
        inputs.pilot_low_min_mv = inputs.pilot_low_max_mv = low_mv


class Rig:
    """A board, its surroundings, the core and the control task; `whole` has the real pilot and its circuit."""

    def __init__(self, case, whole=False):
        self.name = case[0]
        self.module = esp32_bench.load_board(case[0])
        self.module.outputs_safe()
        self.wiring = station_board.resolve(self.module.WIRING)
        self.around = LevelPilot.outside = Surroundings(case[0], self.wiring)
        self.circuit = None
        if whole:
            self.circuit = PilotCircuit(self.wiring["pilot"], self.around.zero_mv, self.around.mv_per_v, 1)
        self.board = station_board.build(self.module.WIRING)
        self.station = Station(self.board.profile)
        self.station.configure(charging_config(Config()))
        self.control = Control(self.board, self.station)
        self.next_us = clock.now_us
        self.coils = [chip.gpio(self.wiring["contactors"][key]) for key in ("c1_pin", "c2_pin")]

    def run(self, seconds, each=None):
        for _ in range(int(seconds * 1000) // STEP_MS):
            self.next_us += STEP_MS * 1000
            clock.advance(max(0, self.next_us - clock.now_us))
            self.around.lock.step()
            self.control.tick(now.ms())
            self.board.watchdog.feed()
            if each is not None:
                each()

    def car(self, volts, delay_us=0):
        """Let the car put the pilot to `volts`; with the real pilot, that much later."""
        self.around.volts = volts
        if self.circuit is not None:
            self.circuit.change(clock.now_us + delay_us, volts)

    def closed(self):
        return [contact.closed(clock.now_us) for contact in self.around.contacts]

    def plug(self):
        self.station.set_access(s.ACCESS_ON)
        self.around.cable(PP_32A_MV)
        self.car(9)

    def charge(self):
        self.run(1)
        self.plug()
        self.run(8)
        self.car(6)
        self.run(8)
        assert self.station.charger.state == s.C
        assert self.closed() == [True, True]


@pytest.fixture(autouse=True)
def fresh_chip(monkeypatch):
    esp32_bench.begin(monkeypatch)
    monkeypatch.setattr(station_board, "Pilot", LevelPilot)
    table = [("ota_0", 0, 0x10, 0x30000, 0x4000), ("ota_1", 0, 0x11, 0x34000, 0x4000)]
    table += [("vfs", 1, 0x81, 0x10000, 0x10000), ("journal", 1, 0x40, 0x20000, 0x8000)]
    chip.flash = Flash(table, 0x38000)


@pytest.fixture(params=CASES, ids=IDS)
def rig(request):
    chip.memory_words[EFUSE] = request.param[1]
    return Rig(request.param)


@pytest.fixture(params=CASES, ids=IDS)
def whole_rig(request, monkeypatch):
    monkeypatch.setattr(station_board, "Pilot", Pilot)
    monkeypatch.setattr(now, "time", StationTime())
    monkeypatch.setattr(PWM, "timer_bits", 14 if request.param[0] == "PICO32" else 20)
    chip.memory_words[EFUSE] = request.param[1]
    return Rig(request.param, whole=True)


def test_the_board_has_every_part(rig):
    for name in PARTS:
        assert hasattr(rig.board, name), name
    assert rig.board.displays == () or rig.board.displays
    assert rig.board.profile.has_c2


def test_plug_charge_unplug_with_the_real_pilot(whole_rig):
    plug_charge_unplug(whole_rig)


def test_plug_charge_unplug_on_plain_levels(rig):
    plug_charge_unplug(rig)


def plug_charge_unplug(rig):
    rig.run(1)
    assert rig.station.charger.state == s.A and rig.closed() == [False, False]
    rig.plug()
    rig.run(8)
    assert rig.station.charger.state == s.B
    assert rig.around.lock.locked
    assert rig.station.offered_ma() >= 6000
    rig.car(6)
    rig.run(8)
    assert rig.station.charger.state == s.C
    assert rig.closed() == [True, True]
    assert rig.station.offered_ma() >= 31000
    rig.car(9)
    rig.run(1)
    assert rig.closed() == [False, False]
    rig.car(12)
    rig.around.cable(3300)
    rig.run(10)
    assert rig.station.charger.state == s.A
    assert not rig.around.lock.locked
    assert rig.station.faults.active == 0


@pytest.mark.parametrize("volts", [12, 9])
def test_the_contactor_opens_at_once_when_the_car_stops(whole_rig, volts):
    rig = whole_rig
    rig.charge()
    worst_us = 0
    for offset_us in range(0, 10000, 500):
        rig.car(6)
        rig.run(12)
        assert rig.coils[0].out == 1
        # Anywhere within a control step.
        begin_us = clock.now_us + offset_us
        rig.car(volts, offset_us)
        while rig.coils[0].out:
            rig.run(0.01)
            assert clock.now_us - begin_us < 100000
        worst_us = max(worst_us, rig.coils[0].changed_us - begin_us)
    print("%s: C1 off at most %d us after the car went to %d V" % (rig.name, worst_us, volts))
    assert worst_us <= 35000


def test_residual_current_opens_and_is_latched(rig):
    rig.charge()
    rcd = rig.wiring["residual_current"]
    chip.gpio(rcd["trip_pin"]).drive(rcd["tripped_level"])
    rig.run(0.5)
    assert rig.coils[0].out == 0
    chip.gpio(rcd["trip_pin"]).drive(1 - rcd["tripped_level"])
    rig.run(2)
    assert rig.station.faults.is_active(f.RESIDUAL_CURRENT)
    assert rig.coils[0].out == 0


def test_the_residual_current_device_is_tested_before_c1_closes(rig):
    """Where there is a test input: one test per start, all of it while the contactors are open."""
    residual = rig.wiring["residual_current"]
    gpio = residual["test_pin"]
    assert rig.board.profile.has_test == (gpio is not None)
    rig.charge()
    assert rig.coils[0].out
    if gpio is None:
        return
    test = chip.gpio(gpio)
    levels = [(at_us, level) for at_us, level in test.history if level == residual["test_level"]]
    assert len(levels) == 1
    assert levels[0][0] < test.changed_us < rig.coils[0].changed_us
    assert test.level() != residual["test_level"]


def test_safe_state_and_a_reset_end_a_test(rig):
    residual = rig.wiring["residual_current"]
    if residual["test_pin"] is None:
        return
    test = chip.gpio(residual["test_pin"])
    for end in ("safe_state", "reset", "broken"):
        rig.board.residual_current.test(True)
        assert test.level() == residual["test_level"]
        rig.board.pilot.fails = end == "broken"
        with pytest.raises(MachineReset) if end == "reset" else nullcontext():
            try:
                rig.board.reset("test") if end == "reset" else rig.board.safe_state()
            except OSError:
                assert end == "broken"
        assert test.level() == 1 - residual["test_level"]
    assert residual["test_pin"] in (
        rig.module.OUTPUTS_LOW if residual["test_level"] else rig.module.OUTPUTS_HIGH
    )


def test_nothing_erases_flash_while_a_contactor_is_closed(rig):
    """The stall rule, over a charge with all that may write going on every second."""
    store = rig.board.open_nvs("evse")
    journal = rig.board.journal
    stalled = []

    def each():
        before = len(chip.flash.erases)
        closed = any(coil.out for coil in rig.coils) or any(rig.closed())
        store.set_int("count", clock.now_us & 0xFFFF)
        committed = store.commit()
        if journal is not None:
            journal.prepare(2)
            if now.ms() % 500 < STEP_MS:
                journal.append(bytes(journal.payload_bytes))
        if closed:
            stalled.append(len(chip.flash.erases) - before + int(committed))

    rig.run(1, each)
    rig.plug()
    rig.run(8, each)
    rig.car(6)
    rig.run(10, each)
    assert len(stalled) > 500 and not any(stalled)
    rig.car(9)
    rig.run(2, each)
    assert store.commit()
    if journal is not None:
        assert chip.flash.erases and journal.lost == 0
        assert len(list(journal.records())) > 20


def test_the_watchdog_is_tight_while_closed(rig):
    assert rig.board.late_limit_ms == rig.wiring["late_limit_ms"] <= 100
    assert chip.watchdog.timeout_ms == rig.wiring["watchdog_ms"] > 4000
    rig.charge()
    assert chip.watchdog.timeout_ms == 2000
    rig.car(9)
    rig.run(1)
    assert chip.watchdog.timeout_ms == rig.wiring["watchdog_ms"]


def test_safe_state_at_any_moment_and_twice(rig):
    rig.charge()
    for _ in range(2):
        rig.board.safe_state()
        assert [coil.out for coil in rig.coils] == [0, 0]
        assert (rig.board.pilot.permille, rig.board.pilot.connected) == (1000, False)
        lock = rig.wiring["lock"]
        levels = (chip.gpio(lock["a_pin"]).level(), chip.gpio(lock["b_pin"]).level())
        assert levels == lock["idle_levels"]


def test_safe_state_opens_the_contactors_even_if_the_pilot_fails(rig):
    rig.charge()
    rig.board.pilot.fails = True
    with pytest.raises(OSError):
        rig.board.safe_state()
    assert [coil.out for coil in rig.coils] == [0, 0]


def test_reset_is_safe_first(rig):
    rig.charge()
    rig.board.scratch.write(b"why")
    with pytest.raises(MachineReset):
        rig.board.reset("test")
    assert [coil.out for coil in rig.coils] == [0, 0]
    chip.reset()
    rig.module.outputs_safe()
    assert station_board.build(rig.module.WIRING).scratch.read() == b"why"


def test_early_outputs_cover_what_the_board_drives(rig):
    """Contactors and pilot are safe before the builder runs, and the builder moves none of them by itself."""
    contactors = rig.wiring["contactors"]
    for key in ("c1_pin", "c2_pin"):
        assert contactors[key] in rig.module.OUTPUTS_LOW
        assert [level for _, level in chip.gpio(contactors[key]).history] == []
        assert chip.gpio(contactors[key]).mode == OUT
    pilot = rig.wiring["pilot"]
    safe_level = 1 - pilot["connect_level"]
    assert pilot["connect_pin"] in (rig.module.OUTPUTS_HIGH if safe_level else rig.module.OUTPUTS_LOW)
    assert pilot["pwm_pin"] in rig.module.OUTPUTS_HIGH


def test_no_pin_serves_two_parts(rig):
    """Only the LCD's lines and the 1-Wire line are shared."""
    uses = {}
    for group, values in rig.wiring.items():
        if isinstance(values, dict) and group not in ("variants", "revision", "profile"):
            for key, value in values.items():
                if key.endswith("_pin") or key == "pin":
                    if value is not None:
                        uses.setdefault(value, set()).add(group)
    shared = {pin: groups for pin, groups in uses.items() if len(groups) > 1}
    assert all(groups in ({"lcd", "buttons"}, {"inputs", "rfid"}) for groups in shared.values()), shared


def test_factory_identity_is_never_touched(rig):
    with pytest.raises(ValueError):
        rig.board.open_nvs("KeyStorage")
    assert "KeyStorage" not in chip.nvs


def test_services_of_the_board(rig):
    class Supervised:
        reason = ""

    names = [name for name, _ in rig.board.services(None, Supervised())]
    assert "firmware check" in names
    assert ("journal space" in names) == (rig.board.journal is not None)
    assert ("buzzer" in names) == (rig.wiring["buzzer"] is not None)


def test_recovery_link_keeps_its_password(rig):
    rig.board.open_recovery_link()
    settings = chip.networks[network.AP_IF].settings
    first = dict(settings)
    assert rig.board.network.wifi.access_point_open()
    assert len(first["key"]) == 10 and first["ssid"] == "SmartEVSE-1193046"
    rig.board.open_recovery_link()
    assert settings == first
    assert rig.board.recovery_address() == ("0.0.0.0", 80)


def test_the_serial_number_is_the_factorys_or_made_of_the_address(rig, monkeypatch):
    assert rig.board.serial_number == 0x123456
    assert rig.board.network.wifi.hostname == "SmartEVSE-1193046"
    wiring = {"efuse_address": 0x3FF5A080, "shift": 8, "mask": 0xFFFFFF}
    monkeypatch.setitem(chip.memory_words, 0x3FF5A080, 0xBC614EAA)
    assert station_board._serial_number(wiring) == 12345678
    monkeypatch.setitem(chip.memory_words, 0x3FF5A080, 0x000000AA)
    assert station_board._serial_number(wiring) == 0x123456


def test_an_update_of_impossible_size_is_a_value_error(rig):
    with pytest.raises(ValueError):
        rig.board.start_update(1 << 30)


@pytest.mark.parametrize(("word", "revision"), [(0, "v3.0"), (EFUSE_U4WDH, "v3.1"), (0xFFFFF1FF, "v3.0")])
def test_smartevse_revision_from_the_efuses(word, revision):
    chip.memory_words[EFUSE] = word
    wiring = esp32_bench.load_board("SMARTEVSE_V3").WIRING
    resolved = station_board.resolve(wiring)
    assert resolved["rs485"] == wiring["variants"][revision]["rs485"]
    assert resolved["contactors"] == wiring["contactors"]


def test_card_reader_and_switch_work_on_one_pin():
    chip.memory_words[EFUSE] = 0
    body = bytes((4, 1, 2, 3, 4, 5, 6))
    rig = Rig(CASES[0])
    reader = rig.board.rfid
    assert isinstance(reader, OneWireRfid)
    gpio = rig.wiring["rfid"]["pin"]
    chip.wires[gpio] = lambda: body + bytes((OneWire(reader._pin).crc8(body),))
    inputs = Inputs()
    found = []

    def each():
        uid = reader.read_uid()
        if uid:
            found.append(uid)

    rig.run(3, each)
    assert found == ["04010203040506"]
    chip.gpio(gpio).drive(0)
    rig.run(1, each)
    rig.board.inputs.read_into(inputs)
    assert inputs.switch


def test_journal_is_left_out_where_the_partition_table_has_none():
    chip.flash.partitions = [row for row in chip.flash.partitions if row[0] != "journal"]
    assert Rig(CASES[2]).board.journal is None


def test_safe_state_floats_the_real_pilot(whole_rig):
    rig = whole_rig
    rig.charge()
    rig.board.safe_state()
    pilot = rig.wiring["pilot"]
    assert chip.gpio(pilot["connect_pin"]).level() == 1 - pilot["connect_level"]
    assert chip.gpio(pilot["pwm_pin"]).peripheral.duty_u16() == 65535
    assert [coil.out for coil in rig.coils] == [0, 0]


def test_what_a_control_step_costs_beside_the_pilot(rig):
    """Simulated time of `read` and `apply`: ADC reads and counters, 1 us a look."""
    rig.charge()
    begin_us = clock.now_us
    for _ in range(100):
        rig.board.read(rig.control.inputs)
        rig.board.apply(rig.control.outputs)
    print("%s: %d us of hardware waits in read and apply" % (rig.name, (clock.now_us - begin_us) // 100))
    assert (clock.now_us - begin_us) // 100 < 500
