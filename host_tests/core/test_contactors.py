"""Contactors on their own: order, feedback, faults and the time between closings."""

from bench_station import Contact

from evse.core.contactors import Contactors
from evse.core.io import Inputs


class Rig:
    """The contactor logic with two contactors that follow after 20 ms."""

    def __init__(self, has_c2=True, feedback=True):
        self.logic = Contactors(has_c2)
        self.inputs = Inputs()
        self.feedback = feedback
        self.c1 = Contact()
        self.c2 = Contact()
        self.close = False
        self.three_phase = True
        self.log = []
        self.now_ms = 0
        self.run(200)

    def step(self, dt_ms=10):
        logic = self.logic
        self.now_ms += dt_ms
        before = (logic.c1.command, logic.c2.command)
        self.c1.step(before[0], dt_ms)
        self.c2.step(before[1], dt_ms)
        if self.feedback:
            self.inputs.c1_closed = int(self.c1.closed)
            self.inputs.c2_closed = int(self.c2.closed) if logic.has_c2 else -1
        logic.observe(self.inputs, dt_ms)
        logic.step(self.close, self.three_phase, dt_ms)
        after = (logic.c1.command, logic.c2.command)
        if after != before:
            self.log.append(after)
        # The rule that nothing may break: C2 moves only while C1 neither is closed nor may close.
        if after[1] != before[1] and not self.c1.welded:
            assert not before[0]
            assert not self.c1.closed

    def run(self, duration_ms):
        for _ in range(duration_ms // 10):
            self.step()

    def until_c1(self, command):
        begin_ms = self.now_ms
        while self.logic.c1.command != command:
            assert self.now_ms - begin_ms < 20000
            self.step()
        return self.now_ms - begin_ms

    def closed(self, three_phase=True):
        self.three_phase = three_phase
        self.close = True
        self.run(6000)
        assert self.c1.closed
        self.log = []
        return self


def test_c2_closes_before_c1():
    rig = Rig().closed()
    rig.close = False
    rig.run(1000)
    assert rig.log == [(False, True), (False, False)]
    rig.log = []
    rig.close = True
    rig.run(6000)
    assert rig.log == [(False, True), (True, True)]


def test_one_phase_leaves_c2_open():
    rig = Rig()
    rig.three_phase = False
    rig.close = True
    rig.run(6000)
    assert rig.log == [(True, False)]
    assert not rig.c2.closed


def test_without_c2_only_c1_moves():
    rig = Rig(has_c2=False)
    rig.close = True
    rig.step()
    assert rig.log == [(True, False)]
    rig.close = False
    rig.run(1000)
    assert rig.log == [(True, False), (False, False)]


def test_c1_waits_until_c2_is_closed():
    rig = Rig()
    rig.c2.delay_ms = 200
    rig.close = True
    rig.run(190)
    assert not rig.logic.c1.command
    rig.run(50)
    assert rig.logic.c1.command


def test_c2_opens_only_after_c1_is_open():
    rig = Rig().closed()
    rig.c1.delay_ms = 150
    rig.close = False
    rig.run(140)
    assert rig.log == [(False, True)]
    rig.run(40)
    assert rig.log == [(False, True), (False, False)]


def test_c2_does_not_move_under_load():
    rig = Rig().closed()
    rig.three_phase = False
    rig.run(10000)
    assert rig.log == []
    rig = Rig().closed(three_phase=False)
    rig.three_phase = True
    rig.run(10000)
    assert rig.log == []


def test_c2_opens_after_all_when_c1_is_welded():
    rig = Rig().closed()
    rig.c1.welded = True
    rig.close = False
    rig.run(300)
    assert rig.log == [(False, True)]
    rig.run(50)
    assert rig.log == [(False, True), (False, False)]
    assert rig.logic.c1.welded
    assert not rig.logic.proven_open()


def test_welded_is_noticed_after_300_ms():
    for name in ("c1", "c2"):
        rig = Rig().closed()
        getattr(rig, name).welded = True
        rig.close = False
        rig.run(250)
        assert not getattr(rig.logic, name).welded
        rig.run(200)
        assert getattr(rig.logic, name).welded


def test_welded_c2_keeps_c1_from_closing():
    rig = Rig()
    rig.c2.welded = True
    rig.three_phase = False
    rig.close = True
    rig.run(10000)
    assert not rig.logic.c1.command
    assert rig.logic.c2.welded


def test_welded_c1_keeps_both_from_closing():
    rig = Rig()
    rig.c1.welded = True
    rig.close = True
    rig.run(10000)
    assert rig.log == []
    assert rig.logic.c1.welded


def test_stuck_open_is_noticed_after_300_ms():
    rig = Rig()
    rig.c1.stuck = True
    rig.close = True
    rig.until_c1(True)
    rig.run(290)
    assert not rig.logic.c1.stuck_open
    rig.run(20)
    assert rig.logic.c1.stuck_open


def test_stuck_open_c2_keeps_c1_from_closing():
    rig = Rig()
    rig.c2.stuck = True
    rig.close = True
    rig.run(10000)
    assert not rig.logic.c1.command
    assert rig.logic.c2.stuck_open


def test_a_contact_that_opens_by_itself_is_stuck_open():
    rig = Rig().closed()
    rig.c1.stuck = True
    rig.run(320)
    assert rig.logic.c1.stuck_open


def test_a_contact_that_closes_by_itself_is_welded():
    rig = Rig()
    rig.c1.welded = True
    rig.run(320)
    assert rig.logic.c1.welded


def test_a_short_disagreement_is_no_fault():
    rig = Rig().closed()
    for _ in range(20):
        rig.c1.stuck = True
        rig.run(290)
        assert not rig.logic.c1.stuck_open
        rig.c1.stuck = False
        rig.run(100)


def test_the_first_closing_is_quick():
    rig = Rig()
    rig.close = True
    assert rig.until_c1(True) <= 50


def test_the_next_closing_comes_5_s_after_the_one_before():
    rig = Rig()
    rig.close = True
    rig.until_c1(True)
    rig.run(500)
    rig.close = False
    rig.run(500)
    rig.close = True
    waited_ms = 1000 + rig.until_c1(True)
    assert 5000 <= waited_ms <= 5060


def test_a_late_closing_is_quick_again():
    rig = Rig().closed()
    rig.close = False
    rig.run(10000)
    rig.close = True
    assert rig.until_c1(True) <= 50


def test_opening_never_waits():
    rig = Rig()
    rig.close = True
    rig.until_c1(True)
    rig.close = False
    rig.step()
    assert not rig.logic.c1.command


def test_without_feedback_time_is_the_proof():
    rig = Rig(feedback=False)
    assert rig.logic.proven_open()
    rig.close = True
    assert 100 <= rig.until_c1(True) <= 120
    assert not rig.logic.proven_open()
    rig.run(1000)
    rig.close = False
    rig.run(90)
    assert rig.log[-1] == (False, True)
    rig.run(30)
    assert rig.log[-1] == (False, False)
    assert not rig.logic.proven_open()
    rig.run(100)
    assert rig.logic.proven_open()


def test_without_feedback_there_are_no_faults():
    rig = Rig(feedback=False)
    rig.c1.stuck = True
    rig.c2.welded = True
    rig.close = True
    rig.run(10000)
    for contact in (rig.logic.c1, rig.logic.c2):
        assert not contact.stuck_open
        assert not contact.welded


def test_a_disagreement_first_seen_in_a_late_step_is_no_fault_yet():
    rig = Rig().closed()
    rig.c1.stuck = True
    rig.step(500)
    assert not rig.logic.c1.stuck_open
    rig.run(310)
    assert rig.logic.c1.stuck_open


def test_interrupted_closing_opens_c2_again():
    rig = Rig()
    rig.c2.delay_ms = 100
    rig.close = True
    rig.run(30)
    assert rig.log == [(False, True)]
    rig.close = False
    rig.run(1000)
    assert rig.log == [(False, True), (False, False)]
    assert rig.logic.proven_open()
