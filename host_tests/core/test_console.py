"""The dialogue at the serial line, byte by byte: it never waits and never shows a password."""

from net_bench import StationNet

from evse.services.net import wifi
from evse.services.net.console import Dialogue

AIR = (
    ("home", b"\1\1\1\1\1\1", -50, False),
    ("home", b"\2\2\2\2\2\2", -80, False),
    ("guests", b"\3\3\3\3\3\3", -60, True),
)


class Rig(StationNet):
    """A station's network with somebody at its serial line."""

    def __init__(self, radio=True, record=None, **settings):
        super().__init__(AIR if radio else None, record, **settings)
        self.shown = ""
        self.dialogue = Dialogue(self.net, self._show)

    def _show(self, text):
        self.shown += text

    def type(self, text):
        """Type a text; return what is shown meanwhile and until nothing more happens."""
        self.shown = ""
        for byte in text.encode():
            self.dialogue.step(byte, self.clock.now)
        self.run(1000)
        return self.shown

    def run(self, duration_ms):
        for _ in range(duration_ms // 100):
            self.net.step(self.clock.now)
            if self.dialogue.is_open:
                self.dialogue.step(-1, self.clock.now)
            self.clock.advance(100)


def test_choosing_a_network():
    rig = Rig()
    assert " 1 choose a Wi-Fi network" in rig.type("\r")
    shown = rig.type("1\r")
    # Each network once, the strongest first.
    assert " 1 home (-50 dBm)\r\n 2 guests (-60 dBm, open)\r\n" in shown and shown.count("home") == 1
    assert rig.type("1\r\n").endswith("Password of home: ")
    shown = rig.type("secret12\r")
    assert "secret" not in shown and "********" in shown
    assert "Joined, with address 192.0.2.7." in shown and not rig.dialogue.is_open
    assert rig.store.record == {"ssid": "home", "password": "secret12"}
    assert rig.settings.get("WIFImode") == 1 and rig.radio.joined[-1] == ("home", "secret12", AIR[0][1])
    status = {}
    rig.net.fill_status(status)
    assert status["wifi.state"] == "up" and status["wifi.ssid"] == "home" and "secret12" not in str(status)


def test_an_open_network_and_a_hidden_one():
    rig = Rig()
    # The key that opens the dialogue does nothing else.
    rig.type("x1\r")
    assert "Joined" in rig.type("2\r") and rig.store.record == {"ssid": "guests", "password": ""}
    rig = Rig()
    rig.type("\r")
    assert rig.type("2\r").endswith("Name of the network: ")
    assert "empty for an open network" in rig.type("cellär\r")
    assert "Joined" in rig.type("pässword\r") and rig.store.record == {
        "ssid": "cellär",
        "password": "pässword",
    }


def test_mistakes_are_asked_again():
    rig = Rig()
    rig.type("\r")
    assert "8 to 63 bytes" not in rig.type("2\rhome\r")
    assert "the password has 8 to 63 bytes" in rig.type("short\r")
    assert rig.store.record is None
    # Two characters taken back, one of them of two bytes.
    assert "Joined" in rig.type("secret1äx\b\x7f2\r") and rig.store.record == {
        "ssid": "home",
        "password": "secret12",
    }
    rig = Rig()
    rig.type("\r")
    assert "the network's name has 1 to 32 bytes" in rig.type("2\r" + "x" * 40 + "\r")
    for choice in ("0", "3", "x", "-1", "999"):
        rig.type("1\r")
        assert "choose a Wi-Fi network" in rig.type(choice + "\r"), choice
    rig.shown = ""
    for byte in (0xC3, 13):
        rig.dialogue.step(byte, rig.clock.now)
    assert "That is no text." in rig.shown


def test_a_wrong_password_is_told_and_the_station_goes_on_trying():
    rig = Rig()
    rig.radio.outcome = "wrong_password"
    rig.type("\r")
    rig.type("2\rhome\r")
    assert "Not joined yet: wrong password. The station goes on trying." in rig.type("secret13\r")
    assert rig.dialogue.is_open and rig.net.wifi.state == wifi.PAUSED


def test_status_and_the_other_commands():
    rig = Rig(record={"ssid": "home", "password": "secret12"}, WIFImode=1)
    rig.type("\r")
    rig.run(2000)
    shown = rig.type("3\r")
    assert "net.address: 192.0.2.7" in shown and "wifi.rssi_dbm: -55" in shown and "secret" not in shown
    assert not rig.net.setup_wanted
    rig.type("4\r")
    assert rig.net.setup_wanted and not rig.dialogue.is_open
    rig = Rig()
    rig.type("\r5\r")
    assert rig.store.record == {"ssid": "", "password": ""} and rig.settings.get("WIFImode") == 0
    rig = Rig()
    rig.type("\r0\r")
    assert not rig.dialogue.is_open


def test_nobody_is_there():
    rig = Rig()
    rig.type("\r")
    rig.run(118000)
    assert rig.dialogue.is_open
    rig.run(3000)
    assert not rig.dialogue.is_open


def test_while_charging_the_radio_stays_off_and_flash_is_not_written():
    rig = Rig()
    rig.station.contactors.is_open = False
    rig.type("\r")
    assert "the radio is switched on when no car is being charged" in rig.type("1\r")
    rig.type("2\rhome\r")
    rig.type("secret12\r")
    assert rig.store.record is None and not rig.radio.started
    rig.station.contactors.is_open = True
    rig.run(2000)
    assert rig.store.record == {"ssid": "home", "password": "secret12"} and rig.net.wifi.state == wifi.UP


def test_a_full_storage_is_tried_again():
    rig = Rig()
    rig.store.is_full = True
    rig.net.join("home", "secret12")
    rig.run(5000)
    assert rig.store.record is None and rig.net.wifi.state == wifi.UP
    rig.store.is_full = False
    rig.run(11000)
    assert rig.store.record == {"ssid": "home", "password": "secret12"}


def test_without_a_radio():
    rig = Rig(radio=False)
    rig.type("\r")
    assert "this station has no radio" in rig.type("1\r")
    assert "no radio" in rig.type("2\rhome\rsecret12\r")
    rig = Rig(radio=False)
    rig.type("\r4\r")
    assert not rig.net.setup_wanted


def test_when_a_set_up_is_wanted():
    # A station that was never told anything; one that is to have Wi-Fi and knows none; SetupWifi.
    assert Rig().net.setup_wanted
    assert not Rig(record={"ssid": "", "password": ""}).net.setup_wanted
    assert Rig(record={"ssid": "", "password": ""}, WIFImode=1).net.setup_wanted
    rig = Rig(record={"ssid": "home", "password": "secret12"})
    assert not rig.net.setup_wanted
    rig.settings.values["WIFImode"] = 2
    rig.net.configure()
    assert rig.net.setup_wanted


def test_what_the_recovery_page_saved_is_joined():
    rig = Rig(record={"ssid": "home", "password": "secret12", "switch_on": True})
    rig.run(2000)
    assert rig.settings.get("WIFImode") == 1 and rig.net.wifi.state == wifi.UP
    # Only once: it can be switched off again.
    assert rig.store.record == {"ssid": "home", "password": "secret12"}


def test_the_settings_switch_wifi_and_time():
    rig = Rig(record={"ssid": "home", "password": "secret12"}, WIFImode=0, Hostname="garage")
    assert rig.radio.hostname == "garage"
    rig.run(2000)
    assert not rig.radio.started
    rig.settings.values["WIFImode"] = 1
    rig.net.configure()
    rig.run(2000)
    assert rig.net.wifi.state == wifi.UP
    rig.settings.values.update(WIFImode=0, TimeServers="192.0.2.1,192.0.2.2")
    rig.net.configure()
    rig.run(2000)
    assert rig.net.wifi.state == wifi.OFF and not rig.radio.started
    assert [link.address for link in rig.network.links if link.port == 123] == ["192.0.2.1"]
    # Without a network nothing is asked.
    rig.network.up = False
    rig.run(60000)
    assert rig.network.open_links() == []
