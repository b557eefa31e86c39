"""The Wi-Fi supervisor: it tries for ever, the strongest access point first, and says in plain words what is wrong."""

from net_bench import Clock, Radio, Store

from evse.services.net import credentials, wifi
from evse.services.net.wifi import WifiSupervisor

NEAR = ("home", b"\1\1\1\1\1\1", -50, False)
FAR = ("home", b"\2\2\2\2\2\2", -80, False)
ELSE = ("other", b"\3\3\3\3\3\3", -30, True)


class Rig:
    def __init__(self, air=(FAR, ELSE, NEAR)):
        self.radio = Radio(air)
        self.clock = Clock()
        self.may_hold = True
        self.wifi = WifiSupervisor(self.radio, lambda: self.may_hold)

    def join(self):
        self.wifi.configure("home", "secret12", self.clock.now)
        return self

    def run(self, duration_ms, step_ms=200):
        for _ in range(duration_ms // step_ms):
            self.wifi.step(self.clock.now)
            self.clock.advance(step_ms)


def test_off_until_there_is_a_network():
    rig = Rig()
    rig.run(5000)
    assert rig.wifi.state == wifi.OFF and not rig.radio.started and rig.radio.scans == 0


def test_the_strongest_access_point_is_joined():
    rig = Rig().join()
    rig.run(1000)
    assert rig.radio.joined == [("home", "secret12", NEAR[1])] and rig.wifi.bssid == "01:01:01:01:01:01"
    assert rig.wifi.state == wifi.UP and rig.wifi.rssi_dbm == -55 and rig.wifi.problem == ""
    # The same again changes nothing.
    rig.join()
    rig.run(60000)
    assert len(rig.radio.joined) == 1 and rig.radio.scans == 1


def test_a_hidden_network_is_joined_without_one():
    rig = Rig((ELSE,)).join()
    rig.run(1000)
    assert rig.radio.joined == [("home", "secret12", None)] and rig.wifi.bssid == ""


def test_a_scan_that_never_ends_is_not_waited_for():
    rig = Rig().join()
    rig.radio.scan_ready = False
    rig.run(9000)
    assert rig.radio.joined == []
    rig.run(2000)
    assert rig.radio.joined == [("home", "secret12", None)]


def test_problems_in_plain_words():
    for outcome, words, after_ms in (
        ("wrong_password", "wrong password", 1000),
        ("not_found", "network not found", 1000),
        ("lost", "the access point refuses", 1000),
        ("off", "the access point refuses", 1000),
        ("connecting", "the access point does not answer", 21000),
        ("no_address", "the network gives no address (DHCP)", 21000),
    ):
        rig = Rig()
        rig.radio.outcome = outcome
        rig.join()
        rig.run(after_ms)
        assert rig.wifi.problem == words and rig.wifi.state == wifi.PAUSED, outcome
        assert rig.wifi.rssi_dbm == 0


def test_it_tries_for_ever_with_pauses_up_to_a_minute():
    rig = Rig()
    rig.radio.outcome = "not_found"
    rig.join()
    rig.run(120000)
    assert 6 <= len(rig.radio.joined) <= 8
    count = len(rig.radio.joined)
    rig.run(3600000)
    assert 57 <= len(rig.radio.joined) - count <= 61
    for _ in range(13):
        rig.radio.joined.clear()
        rig.run(86400000, 10000)
    rig.radio.outcome = "up"
    rig.run(62000)
    assert rig.wifi.state == wifi.UP and rig.wifi.problem == ""


def test_a_lost_connection_comes_back():
    rig = Rig().join()
    rig.run(60000)
    rig.radio.now_state = "lost"
    rig.run(400)
    assert rig.wifi.state == wifi.PAUSED and rig.wifi.problem == "the connection was lost"
    rig.radio.air = [FAR]
    rig.run(4000)
    assert rig.wifi.state == wifi.UP and rig.radio.joined[-1][2] == FAR[1]


def weak(signal_dbm=-80, air=(FAR, ELSE)):
    """Return a rig that has been in a weak network for a minute at most."""
    rig = Rig(air).join()
    rig.run(1000)
    rig.radio.signal_dbm = signal_dbm
    rig.radio.air = [ELSE, FAR, NEAR]
    rig.run(59000)
    assert rig.radio.joined == [("home", "secret12", FAR[1])] and rig.radio.scans == 1
    return rig


def test_a_weak_signal_moves_to_a_stronger_access_point():
    rig = weak()
    rig.run(3000)
    assert rig.radio.joined[1:] == [("home", "secret12", NEAR[1])] and rig.wifi.bssid == "01:01:01:01:01:01"
    assert rig.wifi.state == wifi.UP and rig.wifi.problem == ""
    # There is nothing better, and it stays.
    rig.run(3600000, 1000)
    assert len(rig.radio.joined) == 2


def test_who_is_a_little_stronger_is_not_worth_a_move():
    for better_db, moves in ((9, 0), (10, 1)):
        rig = weak()
        rig.radio.air = [("home", NEAR[1], -80 + better_db, False), ("other", ELSE[1], -20, False)]
        rig.run(3000)
        assert len(rig.radio.joined) == 1 + moves and rig.wifi.state == wifi.UP


def test_a_signal_that_is_strong_enough_or_weak_for_a_moment_moves_nothing():
    rig = weak(signal_dbm=-75)
    rig.run(3600000, 1000)
    assert rig.radio.scans == 1
    rig = weak()
    rig.radio.signal_dbm = -70
    rig.run(400)
    rig.radio.signal_dbm = -80
    rig.run(59000)
    assert rig.radio.scans == 1


def test_it_looks_around_at_most_every_ten_minutes():
    rig = weak()
    rig.radio.air = [FAR]
    rig.run(3600000, 1000)
    assert 6 <= rig.radio.scans <= 7 and len(rig.radio.joined) == 1
    # Two that take turns in being weak.
    rig = weak()
    for _ in range(36):
        rig.radio.air.reverse()
        rig.radio.air = [(one[0], bytes([5 + one[1][0]]) * 6, one[2], one[3]) for one in rig.radio.air]
        rig.run(100000, 1000)
    assert len(rig.radio.joined) <= 8


def test_nothing_moves_while_a_contactor_is_closed():
    rig = weak()
    rig.may_hold = False
    rig.run(3600000, 1000)
    assert rig.radio.scans == 1
    # One that closes while it looks around.
    rig.may_hold = True
    rig.radio.scan_ready = False
    rig.run(1000)
    rig.may_hold = False
    rig.radio.scan_ready = True
    rig.run(3000)
    assert rig.radio.scans == 2 and len(rig.radio.joined) == 1 and rig.wifi.state == wifi.UP


def test_a_look_around_that_fails_or_never_ends_leaves_the_connection():
    rig = weak()
    rig.radio.refuses = True
    rig.run(30000)
    assert rig.wifi.state == wifi.UP and len(rig.radio.joined) == 1
    rig.radio.refuses = False
    rig.radio.scan_ready = False
    rig.run(620000, 1000)
    assert rig.radio.scans == 2 and rig.wifi.state == wifi.UP and len(rig.radio.joined) == 1
    rig.radio.scan_ready = True
    rig.run(620000, 1000)
    assert len(rig.radio.joined) == 2


def test_who_drops_everybody_is_not_asked_all_the_time():
    rig = Rig().join()
    for _ in range(600):
        rig.run(1000)
        if rig.wifi.state == wifi.UP:
            rig.radio.now_state = "lost"
    assert len(rig.radio.joined) < 25


def test_the_radio_is_switched_on_while_no_contactor_is_closed():
    rig = Rig()
    rig.may_hold = False
    rig.join()
    rig.run(60000)
    assert rig.wifi.state == wifi.WAITING_TO_START and not rig.radio.started
    rig.may_hold = True
    rig.run(1000)
    assert rig.wifi.state == wifi.UP
    # What was lost comes back whatever the contactor does.
    rig.may_hold = False
    rig.radio.now_state = "lost"
    rig.run(5000)
    assert rig.wifi.state == wifi.UP


def test_a_radio_that_refuses_is_tried_again():
    rig = Rig()
    rig.radio.refuses = True
    rig.join()
    rig.run(1000)
    assert rig.wifi.problem == "the radio refuses: Wifi Internal State Error"
    rig.radio.refuses = False
    rig.run(70000)
    assert rig.wifi.state == wifi.UP


def test_another_network_and_none():
    rig = Rig().join()
    rig.run(1000)
    rig.wifi.configure("other", "", rig.clock.now)
    rig.run(1000)
    assert rig.radio.joined[-1] == ("other", "", ELSE[1]) and rig.wifi.ssid == "other"
    rig.wifi.configure("", "", rig.clock.now)
    rig.run(1000)
    assert rig.wifi.state == wifi.OFF and not rig.radio.started and rig.wifi.ssid == ""


def test_credentials():
    store = Store()
    assert credentials.load(store) is None
    credentials.save(store, "home", "secret12")
    assert credentials.load(store) == ("home", "secret12")
    credentials.save(store, "", "")
    assert credentials.load(store) == ("", "")
    for ssid, password in (("", "secret12"), (None, ""), ("x" * 33, ""), ("ä" * 17, ""), ("home", "short"),
                           ("home", "x" * 64), ("home", None), (5, "secret12")):  # fmt: skip
        assert credentials.problem(ssid, password)
        assert credentials.load(Store({"ssid": ssid, "password": password})) == ("", "")
    for ssid, password in (("home", ""), ("ä" * 16, "x" * 63), ("h", "12345678")):
        assert credentials.problem(ssid, password) == ""
