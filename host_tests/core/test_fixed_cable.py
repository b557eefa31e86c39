"""The cable that is locked for ever: when it may be fixed, what keeps it, and what never lets it go."""

from bench_station import MV_6, MV_9, PP_20A_MV, PP_OPEN_MV, Bench, charging, config, idle, in_b, profile

from evse.core import lock
from evse.core import states as s
from evse.core.errors import FieldError, Refused
from evse.services import requests


def settings(kind: int = lock.MOTOR, fixed: bool = True):
    return config(lock_kind=kind, cable_fixed=fixed)


def fix(bench, fixed: bool = True) -> None:
    bench.config.cable_fixed = fixed
    bench.station.configure(bench.config)


def refused(bench, shown: dict) -> str:
    try:
        requests.check_fixing(bench.station, shown)
    except Refused as error:
        return error.text
    return ""


def test_fixed_at_once_with_a_cable_and_no_car():
    for kind in (lock.MOTOR, lock.SOLENOID):
        for feedback in (True, False):
            bench = Bench(settings(kind, False))
            bench.lock_feedback = feedback
            bench.run(6000)
            assert not bench.bolt_locked
            fix(bench)
            bench.run(2000)
            assert bench.bolt_locked and bench.station.lock.status == lock.LOCKED
            bench.run(60000)
            assert bench.bolt_locked
            fix(bench, False)
            bench.run(2000)
            assert not bench.bolt_locked


def test_start_releases_the_cable_for_a_moment_then_locks_it():
    for locked_before in (False, True):
        bench = Bench(settings())
        bench.bolt_locked = locked_before
        released = False
        for _ in range(400):
            bench.step()
            released = released or not bench.bolt_locked
        assert released and bench.bolt_locked


def test_start_with_a_car_does_not_release():
    bench = Bench(settings())
    bench.bolt_locked = True
    bench.plug(MV_9)
    bench.until_state(s.B, 5000)
    bench.until(lambda bench: bench.station.lock.status == lock.LOCKED, 5000)
    bench.unplug()
    for _ in range(500):
        bench.step()
        assert bench.bolt_locked


def test_without_a_cable_the_lock_waits_for_one():
    bench = Bench(settings())
    bench.pp_mv = PP_OPEN_MV
    bench.run(20000)
    assert not bench.bolt_locked
    bench.pp_mv = PP_20A_MV
    bench.run(2000)
    assert bench.bolt_locked
    # A cable that can no longer be read is not let go.
    bench.pp_mv = PP_OPEN_MV
    bench.run(20000)
    assert bench.bolt_locked


def test_session_does_not_move_the_bolt():
    bench = idle(settings())
    bench.run(3000)
    assert bench.bolt_locked
    for _ in range(2):
        bench.plug(MV_9)
        bench.until_state(s.B, 1000)
        bench.run(500)
        bench.plug(MV_6)
        bench.until(lambda bench: bench.c1.closed, 10000)
        bench.run(3000)
        bench.unplug()
        for _ in range(1000):
            bench.step()
            assert bench.bolt_locked and bench.outputs.lock == 0
        assert bench.state == s.A


def test_unlock_request_is_refused_and_does_not_stop_the_charge():
    bench = charging(settings())
    try:
        requests.carry_out(bench.station, ["unlock_cable"])
    except Refused as error:
        assert "FIX LOCK" in error.text
    else:
        raise AssertionError("not refused")
    bench.run(40000)
    assert bench.state == s.C and bench.bolt_locked and bench.outputs.c1


def test_unlock_under_way_ends_when_the_cable_is_fixed():
    bench = idle(settings(fixed=False))
    assert bench.station.unlock_cable()
    bench.run(1000)
    fix(bench)
    bench.run(2000)
    assert bench.bolt_locked


def test_card_owner_gets_a_fixed_cable_neither():
    bench = idle(settings())
    bench.run(3000)
    bench.station.release_cable(True)
    bench.station.set_access(s.ACCESS_OFF)
    bench.run(5000)
    assert bench.bolt_locked


def test_what_is_refused_and_why():
    on = {"FIX LOCK": "Enabled"}
    bench = Bench(settings(fixed=False))
    # Stored settings are taken before anything is known.
    assert refused(bench, on) == ""
    bench.step()
    assert refused(bench, on) != ""
    bench.run(6000)
    assert refused(bench, on) == refused(bench, {"CableLock": "Enabled"}) == ""
    bench.pp_mv = PP_OPEN_MV
    bench.run(1000)
    assert "cable" in refused(bench, on)
    assert refused(bench, {"FIX LOCK": "Disabled"}) == refused(bench, {"MAX": 16}) == ""
    for make in (in_b, charging):
        assert "car" in refused(make(settings(fixed=False)), on)
    assert "no cable lock" in refused(idle(config(), profile(has_lock=False)), on)
    bench = idle(settings(fixed=False))
    bench.station.set_access(s.ACCESS_OFF)
    bench.plug(MV_9)
    bench.run(2000)
    assert bench.state == s.A and "car" in refused(bench, {"CableLock": "Enabled"})


def test_nothing_unlocks_under_load():
    """Whatever is asked for, the bolt is not driven open while a contactor is not proven open."""
    for fixed in (False, True):
        for welded in (False, True):
            bench = charging(settings(fixed=fixed))
            bench.c1.welded = welded
            actions = (
                lambda station: station.unlock_cable(),
                lambda station: station.stop(),
                lambda station: station.set_access(s.ACCESS_OFF),
                lambda station: station.prepare_restart(),
                lambda station: station.skip_delay(),
                lambda station: station.reset_residual_current(),
                lambda station: station.release_cable(True),
            )
            for action in actions:
                action(bench.station)
                fix(bench, not bench.config.cable_fixed)
                for _ in range(900):
                    bench.step()
                    if bench.c1.closed or bench.c2.closed:
                        assert bench.outputs.lock != 2 and bench.bolt_locked


def test_words_of_the_app():
    class Switch:
        custom = False

    class App:
        switch = Switch()

        def __init__(self) -> None:
            self.done = []

        def restart(self) -> None:
            self.done.append("restart")

        def factory_reset(self) -> None:
            self.done.append("factory_reset")

        def change_settings(self, shown: dict) -> None:
            self.done.append(shown)

    app = App()
    assert requests.carry_out_by_app(app, ["restart"])
    assert requests.carry_out_by_app(app, ["fix_lock", "on"])
    assert requests.carry_out_by_app(app, ["fix_lock", "off"])
    assert requests.carry_out_by_app(app, ["factory_reset", "erase"])
    assert app.done == ["restart", {"CableLock": "Enabled"}, {"CableLock": "Disabled"}, "factory_reset"]
    assert requests.carry_out_by_app(app, ["custom_button", "on"]) and app.switch.custom
    assert requests.carry_out_by_app(app, ["custom_button", "off"]) and not app.switch.custom
    for words in ([], ["restart", "now"], ["nothing"]):
        assert not requests.carry_out_by_app(app, words)
    for words in (
        ["factory_reset"],
        ["factory_reset", "ERASE"],
        ["factory_reset", "yes"],
        ["factory_reset", "erase", "erase"],
        ["fix_lock"],
        ["fix_lock", "maybe"],
        ["custom_button", True],
    ):
        try:
            requests.carry_out_by_app(app, words)
        except FieldError as error:
            assert not isinstance(error, Refused)
            continue
        raise AssertionError(words)
    assert len(app.done) == 4
