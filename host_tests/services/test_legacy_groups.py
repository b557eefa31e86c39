"""Groups of GET /settings that the simulated board has not got: Wi-Fi and a wired link (sheet, section 7.5)."""

from types import SimpleNamespace

from mqtt_station_bench import Rig

from evse.services.net import wifi
from evse.services.web import legacy


def link(state: int) -> wifi.WifiSupervisor:
    found = wifi.WifiSupervisor(None, lambda: True)
    found.state = state
    found.ssid, found.bssid, found.rssi_dbm = "home", "24:0A:C4:12:34:56", -55
    return found


def test_the_wifi_is_told_while_it_is_connected() -> None:
    rig = Rig()
    assert legacy._wifi(rig.app, None) is None
    rig.app.net.wifi = link(wifi.CONNECTING)
    assert legacy._wifi(rig.app, None) is None
    rig.app.net.wifi = link(wifi.UP)
    assert legacy._wifi(rig.app, None) == {
        "status": "WL_CONNECTED",
        "ssid": "home",
        "rssi": -55,
        "bssid": "24:0A:C4:12:34:56",
        "ip": "127.0.0.1",
    }


def test_the_wired_link_is_told() -> None:
    rig = Rig()
    network = SimpleNamespace(ethernet=None)
    rig.board.network = network  # pyright: ignore[reportAttributeAccessIssue]
    assert legacy._eth(rig.app, None) == {"present": False, "connected": False, "has_ip": False}
    network.ethernet = SimpleNamespace(is_up=lambda: True, address=lambda: "192.0.2.7")
    assert legacy._eth(rig.app, None) == {
        "present": True,
        "connected": True,
        "has_ip": True,
        "ip": "192.0.2.7",
    }
    network.ethernet = SimpleNamespace(is_up=lambda: False, address=lambda: "")
    assert legacy._eth(rig.app, None) == {"present": True, "connected": False, "has_ip": False}


def test_the_serial_number_is_the_boards() -> None:
    rig = Rig()
    rig.board.serial_number = 1193046
    assert legacy._top(rig.app)["serialnr"] == 1193046
