"""The cable lock on its own: pulses, feedback, retries and faults."""

from evse.core import lock
from evse.core.io import LOCK_DRIVE_LOCK, LOCK_DRIVE_UNLOCK, LOCK_IDLE
from evse.core.lock import DISABLED, FAULT, LOCKED, MOTOR, MOVING, NONE, SOLENOID, UNLOCKED, Lock

MOVE_MS = 250


class Rig:
    """A lock whose bolt moves when it is driven for 250 ms."""

    def __init__(self, kind=SOLENOID, feedback=True, bolt_locked=False):
        self.lock = Lock()
        self.lock.configure(kind)
        self.kind = kind
        self.feedback = feedback
        self.bolt_locked = bolt_locked
        self.jammed = False
        self.want = False
        self.now_ms = 0
        self.pulses = []
        self._driven_ms = 0

    def level(self):
        if not self.feedback:
            return -1
        return 1 if self.bolt_locked == (self.kind == MOTOR) else 0

    def step(self, dt_ms=10):
        before = self.lock.drive
        self.now_ms += dt_ms
        if before == LOCK_IDLE:
            self._driven_ms = 0
        elif not self.jammed:
            self._driven_ms += dt_ms
            if self._driven_ms >= MOVE_MS:
                self.bolt_locked = before == LOCK_DRIVE_LOCK
        self.lock.step(self.level(), self.want, dt_ms)
        if self.lock.drive != before and self.lock.drive != LOCK_IDLE:
            self.pulses.append((self.now_ms, self.lock.drive))
            self._driven_ms = 0

    def run(self, duration_ms):
        for _ in range(duration_ms // 10):
            self.step()
        return self.lock.status

    def locked(self):
        self.want = True
        assert self.run(2000) == LOCKED
        self.pulses = []
        return self


def test_without_a_lock_nothing_is_driven_and_charging_may_begin():
    rig = Rig(DISABLED)
    rig.want = True
    assert rig.run(10000) == NONE
    assert rig.pulses == []
    assert rig.lock.proven_locked()
    assert not rig.lock.jammed


def test_locking_and_unlocking():
    for kind in (SOLENOID, MOTOR):
        rig = Rig(kind)
        assert rig.run(100) == UNLOCKED
        rig.want = True
        rig.step()
        assert rig.lock.status == MOVING
        assert rig.lock.drive == LOCK_DRIVE_LOCK
        assert not rig.lock.proven_locked()
        assert rig.run(1000) == LOCKED
        assert rig.bolt_locked
        assert rig.lock.proven_locked()
        rig.want = False
        rig.step()
        assert rig.lock.drive == LOCK_DRIVE_UNLOCK
        assert not rig.lock.proven_locked()
        assert rig.run(1000) == UNLOCKED
        assert not rig.bolt_locked
        assert len(rig.pulses) == 2


def test_the_pulse_lasts_600_ms_and_is_judged_after_800_ms():
    rig = Rig()
    rig.run(100)
    rig.want = True
    rig.step()
    rig.run(590)
    assert rig.lock.drive == LOCK_DRIVE_LOCK
    rig.run(10)
    assert rig.lock.drive == LOCK_IDLE
    assert rig.run(190) == MOVING
    assert rig.run(10) == LOCKED


def test_feedback_of_solenoid_and_motor_is_opposite():
    for kind, level in ((SOLENOID, 0), (MOTOR, 1)):
        rig = Rig(kind).locked()
        assert rig.level() == level


def test_a_jam_is_tried_again_every_5_s():
    rig = Rig()
    rig.run(100)
    rig.jammed = True
    rig.want = True
    rig.run(21000)
    begin_ms = rig.pulses[0][0]
    assert [at_ms - begin_ms for at_ms, _ in rig.pulses] == [0, 5000, 10000, 15000, 20000]


def test_a_jam_is_a_fault_after_the_third_try():
    rig = Rig()
    rig.run(100)
    rig.jammed = True
    rig.want = True
    rig.step()
    assert rig.run(10790) == MOVING
    assert not rig.lock.jammed
    assert rig.run(10) == FAULT
    assert rig.lock.jammed
    assert not rig.lock.proven_locked()


def test_after_five_tries_it_is_tried_once_a_minute():
    rig = Rig()
    rig.run(100)
    rig.jammed = True
    rig.want = True
    rig.run(210000)
    begin_ms = rig.pulses[0][0]
    assert [at_ms - begin_ms for at_ms, _ in rig.pulses[5:]] == [80000, 140000, 200000]
    assert rig.lock.status == FAULT


def test_the_fault_ends_when_a_try_succeeds():
    rig = Rig()
    rig.run(100)
    rig.jammed = True
    rig.want = True
    rig.run(12000)
    assert rig.lock.jammed
    rig.jammed = False
    rig.run(6000)
    assert not rig.lock.jammed
    assert rig.lock.status == LOCKED


def test_the_fault_ends_when_the_bolt_comes_home_by_itself():
    rig = Rig()
    rig.run(100)
    rig.jammed = True
    rig.want = True
    rig.run(12000)
    rig.bolt_locked = True
    rig.run(20)
    assert rig.lock.status == LOCKED
    assert not rig.lock.jammed


def test_a_jam_while_unlocking_is_a_fault_too():
    rig = Rig().locked()
    rig.jammed = True
    rig.want = False
    rig.run(11000)
    assert rig.lock.status == FAULT
    assert rig.lock.jammed


def test_wanting_the_other_way_acts_at_once():
    rig = Rig()
    rig.run(100)
    rig.want = True
    rig.run(300)
    rig.want = False
    rig.step()
    assert rig.lock.drive == LOCK_DRIVE_UNLOCK
    assert rig.run(1000) == UNLOCKED


def test_the_fault_stays_while_the_other_way_is_tried():
    rig = Rig()
    rig.run(100)
    rig.jammed = True
    rig.want = True
    rig.run(12000)
    rig.bolt_locked = True
    rig.want = False
    rig.run(500)
    assert rig.lock.jammed
    assert rig.lock.status == FAULT


def test_a_bolt_that_was_moved_by_force_is_driven_back():
    rig = Rig().locked()
    rig.bolt_locked = False
    rig.run(190)
    assert rig.pulses == []
    rig.run(20)
    assert rig.lock.drive == LOCK_DRIVE_LOCK
    assert rig.lock.status == MOVING
    assert rig.run(1000) == LOCKED


def test_a_short_disturbance_of_the_feedback_is_ignored():
    rig = Rig().locked()
    for _ in range(20):
        rig.bolt_locked = False
        rig.run(190)
        rig.bolt_locked = True
        rig.run(50)
    assert rig.pulses == []
    assert rig.lock.status == LOCKED


def test_a_disturbance_first_seen_in_a_late_step_is_ignored():
    rig = Rig().locked()
    rig.bolt_locked = False
    rig.step(500)
    assert rig.pulses == []


def test_without_feedback_the_pulse_is_trusted():
    rig = Rig(feedback=False)
    rig.want = True
    rig.step()
    assert rig.run(790) == MOVING
    assert rig.run(10) == LOCKED
    rig.run(60000)
    assert len(rig.pulses) == 1
    rig.want = False
    assert rig.run(1000) == UNLOCKED
    assert len(rig.pulses) == 2


def test_a_bolt_found_locked_at_power_up_is_unlocked_at_once():
    rig = Rig(bolt_locked=True)
    rig.step()
    assert rig.lock.drive == LOCK_DRIVE_UNLOCK
    assert rig.run(1000) == UNLOCKED


def test_a_bolt_found_unlocked_at_power_up_is_not_driven():
    rig = Rig()
    rig.run(10000)
    assert rig.pulses == []


def test_without_feedback_the_bolt_is_unlocked_at_power_up():
    rig = Rig(feedback=False, bolt_locked=True)
    rig.run(2000)
    assert not rig.bolt_locked
    assert rig.lock.status == UNLOCKED


def test_another_kind_begins_anew():
    rig = Rig(MOTOR).locked()
    rig.lock.configure(MOTOR)
    assert rig.lock.status == LOCKED
    rig.lock.configure(DISABLED)
    assert rig.lock.status == NONE
    assert rig.lock.drive == LOCK_IDLE
    assert rig.lock.next_ms() == -1


def test_disabling_ends_a_jam_and_a_pulse():
    rig = Rig()
    rig.run(100)
    rig.jammed = True
    rig.want = True
    rig.run(15200)
    assert rig.lock.jammed
    assert rig.lock.drive == LOCK_DRIVE_LOCK
    rig.lock.configure(DISABLED)
    assert not rig.lock.jammed
    assert rig.lock.drive == LOCK_IDLE


def test_next_ms_leads_to_every_change():
    rig = Rig()
    rig.jammed = True
    rig.run(100)
    rig.want = True
    rig.step()
    for _ in range(20):
        begin = (rig.lock.status, rig.lock.drive, rig.lock.jammed)
        left_ms = rig.lock.next_ms()
        assert left_ms > 0
        rig.run(left_ms // 10 * 10 - 10)
        assert (rig.lock.status, rig.lock.drive, rig.lock.jammed) == begin
        rig.step()


def test_every_status_has_a_name():
    names = [lock.STATUS_NAMES[status] for status in (NONE, UNLOCKED, LOCKED, MOVING, FAULT)]
    assert names == ["none", "unlocked", "locked", "moving", "fault"]
