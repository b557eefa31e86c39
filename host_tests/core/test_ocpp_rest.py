"""What stays of a charge point that rests: heartbeats with their answers, and when one may rest at all."""

from ocpp_rig import Rig, started

from ocpp16 import resting
from ocpp16.rest import Rest

T0 = 1772236800


class Config:
    values = {"HeartbeatInterval": 300, "MessageTimeout": 30, "SmartChargingWatts": False}

    def get(self, name: str):
        return self.values[name]

    def text(self, name: str) -> str:
        return "Lowest"


def make() -> Rest:
    rest = Rest("abc", 7, [], Config())
    rest.up_s = rest.sent_s = 1000
    return rest


def test_a_heartbeat_after_each_interval():
    rest = make()
    found = []
    for second in range(1, 1000):
        text = rest.step(second * 1000)
        if text:
            found.append((second, text))
            assert rest.hear(
                b'[3, "%s", {"currentTime": "2026-02-28T00:00:00Z"}]' % rest.waiting_id.encode(), T0
            )
    assert [second for second, _ in found] == [300, 600, 900]
    assert found[0][1] == '[2,"abc-8","Heartbeat",{}]' and rest.number == 10
    assert (rest.up_s, rest.clock_s) == (1999, 1900)


def test_one_that_is_not_answered_is_given_up():
    rest = make()
    assert rest.step(300000) and rest.waiting_id == "abc-8"
    assert not rest.step(329000) and rest.waiting_id == "abc-8"
    assert not rest.step(330000) and rest.waiting_id == ""
    assert not rest.hear(b'[3,"abc-8",{"currentTime":"2026-02-28T00:00:00Z"}]', T0)


def test_only_the_answer_with_the_right_time_is_taken():
    rest = make()
    rest.step(300000)
    for message in (
        b'[2,"1","GetConfiguration",{}]',
        b'[3,"abc-7",{"currentTime":"2026-02-28T00:00:00Z"}]',
        b'[3,"abc-8",{"currentTime":"2026-02-28T00:00:03Z"}]',
        b'[4,"abc-8","InternalError","",{}]',
        b'[3,"abc-8",[]]',
        b"[3]",
        b"{}",
        b"\xff",
        b"",
        b"7",
    ):
        assert not rest.hear(message, T0), message
        assert rest.waiting_id == "abc-8"
    # Without a time it is an answer, too.
    assert rest.hear(b'[3,"abc-8",{"currentTime":7}]', T0) and rest.clock_s == 0


def test_ticks_that_wrap():
    rest = make()
    rest.ms = 0x3FFFFFFF - 500
    assert not rest.step(1400)
    assert rest.up_s == 1001


def quiet(rig) -> bool:
    """Let everything be told and written, as far as it can be; tell whether the charge point may rest."""
    rig.run(10)
    rig.config.save()
    rig.authorization.step()
    rig.authorization.step()
    return resting.may_rest(rig.cp)


def test_it_rests_only_while_nothing_is_going_on():
    rig = Rig()
    assert not quiet(rig)
    rig.online()
    assert quiet(rig)
    for number in (0, 1):
        facts = rig.station.all_facts[number]
        facts.faulted, facts.error = True, "OtherError"
        rig.step()
        assert not resting.may_rest(rig.cp)
        assert quiet(rig)
        facts.faulted, facts.error = False, ""
    assert quiet(rig)
    rig.station.all_facts[1].plugged = True
    assert not quiet(rig)
    rig.station.all_facts[1].plugged = False
    assert quiet(rig)
    rig.cp.present("TAG", 1)
    assert not resting.may_rest(rig.cp) and not quiet(rig)
    rig.run(100)
    assert quiet(rig)
    rig.set("ClockAlignedDataInterval", "900")
    assert not quiet(rig)
    rig.set("ClockAlignedDataInterval", "0")
    assert quiet(rig)
    expiry = {"connectorId": 1, "expiryDate": "2030-01-01T00:00:00Z", "idTag": "TAG", "reservationId": 1}
    assert rig.central.ask("ReserveNow", **expiry) == {"status": "Accepted"}
    assert not quiet(rig)
    assert rig.central.ask("CancelReservation", reservationId=1) == {"status": "Accepted"}
    assert quiet(rig)
    rig.config.put("LocalPreAuthorize", "true")
    assert not resting.may_rest(rig.cp) and quiet(rig)
    started(rig)
    assert not quiet(rig)
    rig.disconnect()
    assert not quiet(rig)


def test_after_a_rest_it_goes_on_as_if_there_was_none():
    rig = Rig()
    rig.online()
    assert quiet(rig)
    number = rig.cp.rpc.ids[1]
    rest = resting.take(rig.cp)
    rig.boot()
    resting.resume(rig.cp, rest)
    rig.connected = True
    rig.central.log = []
    rig.run(60)
    assert rig.central.actions() == [] and rig.cp.is_online() and quiet(rig)
    assert rig.cp.rpc.ids[1] == number
    # What has changed meanwhile is told, and only that.
    rest = resting.take(rig.cp)
    rig.boot()
    resting.resume(rig.cp, rest)
    rig.connected = True
    rig.station.all_facts[1].plugged = True
    rig.run(5)
    assert rig.central.actions() == ["StatusNotification"]
    started(rig)
    assert rig.central.of("StartTransaction")


def test_a_heartbeat_that_waits_when_the_rest_ends():
    rig = Rig()
    rig.online()
    assert quiet(rig)
    rest = resting.take(rig.cp)
    rest.sent_s = -100000
    assert rest.step(rig.now_ms) and rest.waiting_id
    waiting_id = rest.waiting_id
    rig.boot()
    resting.resume(rig.cp, rest)
    rig.connected = True
    assert rig.cp.rpc.busy
    rig.station.clock_sets = []
    rig.deliver('[3,"%s",{"currentTime":"2029-01-01T00:00:00Z"}]' % waiting_id)
    assert not rig.cp.rpc.busy and len(rig.station.clock_sets) == 1
