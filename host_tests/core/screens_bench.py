"""Every screen, as a name, a page, the time that it is shown, and what the view holds."""

import binascii

from evse.core import limits, states
from evse.services.display.view import View

# A car that charges, on 22 September 2023.
CHARGING = {
    "state": states.C,
    "connected": True,
    "session_active": True,
    "offered_ma": 32000,
    "limit_ma": 32000,
    "limit_slot": limits.MAX_SETTING,
    "current_ma": (31200, 30800, 31000),
    "power_w": 21390,
    "session_wh": 12340,
    "session_s": 313,
    "session_start_s": 1695395923,
}
LIMITED = {
    "offered_ma": 10400,
    "limit_ma": 10400,
    "limit_slot": limits.MAINS,
    "current_ma": (8100, 7900, 8000),
    "power_w": 5520,
}
CAR = {"state": states.B, "connected": True, "offered_ma": 16000, "limit_ma": 16000}
NO_CURRENT = {"state": states.B1, "connected": True, "offered_ma": 0, "limit_ma": 0}
SOLAR = {"mode": 2, "mains_ma": (-4200, -1100, 300), "mains_sum_ma": -5000}
SMART = {"mode": 1, "mains_ma": (14200, 21100, 9300), "mains_sum_ma": 44600}
ONE_PHASE = {"phases": 1, "current_ma": (15800, 0, 0), "power_w": 3630, "offered_ma": 16000}


class Stripes:
    """A picture of two frames."""

    count = 2

    def read_into(self, index, buffer):
        for place in range(len(buffer)):
            buffer[place] = 0
        for y in range(32):
            for x in range(32):
                if (x + y) // 4 % 4 == index:
                    place = 3 * (32 * y + x)
                    buffer[place] = 8 * x
                    buffer[place + 1] = 255 - 8 * y
                    buffer[place + 2] = 160


class Black:
    count = 1

    def read_into(self, index, buffer):
        for place in range(len(buffer)):
            buffer[place] = 0


class Menu:
    """An open menu at one item."""

    note = ""
    editing = False
    cursor = -1

    def __init__(self, label, value, help_text, **others):
        self.label = label
        self.value = value
        self.help_text = help_text
        self.item_ms = 0
        for name in others:
            setattr(self, name, others[name])


MAX_HELP = "Highest charging current per phase."
MODE_HELP = "How the charging current is decided."
PIN_HELP = "Four digits that open the menu; 0 leaves it open."
METER_HELP = "Meter of the house connection."
REFUSED = "Smart and Solar need a mains meter"

OFFLINE_WHY = "the server sends its clients to another address: https://csms.example.org"

# Name, page, elapsed ms, fields of the view in parts.
BOTH = (
    ("restart", "restart", 0),
    ("error_diode", "error", 0, {"fault": "no_diode"}),
    ("error_heat", "error", 0, {"fault": "temp_high"}),
    ("error_residual", "error", 0, {"fault": "residual_current"}),
    ("error_lock", "error", 0, {"fault": "lock_jammed"}),
    ("error_meter", "error", 0, {"fault": "mains_meter_silent"}),
    ("error_cable", "error", 0, {"fault": "pilot_short"}),
    ("error_contactor", "error", 0, {"fault": "c1_welded"}),
    (
        "error_other",
        "error",
        0,
        {"fault": "new", "fault_text": "Something that this display has no picture of"},
        {},
    ),
    ("card_checking", "card_checking", 500, CAR),
    ("card_accepted", "card_accepted", 0, CAR),
    ("card_plug_in", "card_plug_in", 400),
    ("card_refused", "card_refused", 0),
    ("message", "message", 0, {"message": "Parking ends at 18:00. Thank you!"}),
    ("meter", "meter", 0, {"meter_wh": 12345678}),
    ("authorise", "authorise", 0, CAR, {"authorise": True}),
    ("authorise_app", "authorise", 2000, CAR, {"authorise": True}),
    ("qr", "qr", 0, CAR, {"link": "https://example.org/charge/CH-0042"}),
    ("connected", "connected", 0, CAR),
    ("connected_delay", "connected", 0, CAR, {"charge_delay_s": 47}),
    ("start_minimum", "start", 0, CHARGING),
    ("start_maximum", "start", 3000, CHARGING),
    ("energy", "energy", 1300, CHARGING),
    ("time", "time", 0, CHARGING),
    ("time_long", "time", 0, CHARGING, {"session_s": 45296}),
    ("power", "power", 0, CHARGING),
    ("power_limited", "power", 0, CHARGING, LIMITED),
    ("power_one_phase", "power", 0, CHARGING, ONE_PHASE),
    ("power_stopping", "power", 0, CHARGING, {"offered_ma": 0, "power_w": 0, "current_ma": (0, 0, 0)}),
    ("current", "current", 0, CHARGING, LIMITED),
    ("waiting_fuse", "waiting", 0, NO_CURRENT, {"limit_slot": limits.MAINS}),
    ("waiting_sun", "waiting", 0, NO_CURRENT, {"limit_slot": limits.SUN}),
    ("waiting_heat", "waiting", 0, NO_CURRENT, {"limit_slot": limits.TEMPERATURE}),
    ("waiting_grid", "waiting", 0, NO_CURRENT, {"limit_slot": limits.GRID_RELAY}),
    ("waiting_shed", "waiting", 0, NO_CURRENT, {"limit_slot": limits.SHED}),
    ("waiting_group", "waiting", 0, NO_CURRENT, {"limit_slot": limits.GROUP}),
    ("waiting_cloud", "waiting", 0, NO_CURRENT, {"limit_slot": limits.OCPP}),
    ("waiting_offline", "waiting", 0, NO_CURRENT, {"limit_slot": limits.OFFLINE, "online": 0}),
    ("waiting_cable", "waiting", 0, NO_CURRENT, {"limit_slot": limits.CABLE}),
    ("waiting_tariff", "waiting", 0, NO_CURRENT, {"limit_slot": limits.CAPACITY}),
    ("waiting_limit", "waiting", 0, NO_CURRENT, {"limit_slot": limits.OVERRIDE}),
    ("waiting_remote", "waiting", 0, NO_CURRENT, {"limit_slot": limits.REMOTE}),
    ("scheduled", "scheduled", 0, CAR, {"start_at_s": 1695420900}),
    ("paused", "paused", 0, CAR, {"access": states.ACCESS_PAUSE}),
    ("access_off", "access_off", 0, {"access": states.ACCESS_OFF}),
    ("finished", "finished", 0, CAR, {"session_active": True, "session_wh": 12340}),
    ("bye", "bye", 600, {"session_wh": 12340, "session_s": 7513}),
    ("total", "total", 0, {"session_wh": 12340, "session_s": 7513}),
    ("offline", "offline", 0, {"online": 0}),
    ("offline_why", "offline_why", 0, {"online": 0, "why": "wrong user name or password"}),
    ("offline_why_long", "offline_why", 2000, {"online": 0, "why": OFFLINE_WHY}),
    ("menu", "menu", 0, {"menu": Menu("MAX", "16 A", MAX_HELP)}),
    ("menu_editing", "menu", 3000, {"menu": Menu("MAX", "32 A", MAX_HELP, editing=True, item_ms=3000)}),
    ("menu_text", "menu", 2500, {"menu": Menu("MAINS MET", "Eastron3P", METER_HELP, item_ms=2000)}),
    ("menu_refused", "menu", 0, {"menu": Menu("MODE", "Solar", MODE_HELP, note=REFUSED)}),
    ("menu_pin", "menu", 0, {"menu": Menu("LCD PIN", "1734", PIN_HELP, editing=True, cursor=2)}),
    (
        "menu_learn",
        "menu",
        0,
        {"menu": Menu("RFID", "Learn", "What a card does.", editing=True), "message": "CARD STORED"},
    ),
    ("menu_exit", "menu", 0, {"menu": Menu("EXIT", "", "Saves what was changed and leaves the menu.")}),
)
SMALL_ONLY = (
    ("idle_bolt", "idle", 0),
    ("idle_name", "idle", 1920, {"name": "Größe 7", "design": 1}),
    ("idle_clock", "idle", 9000, {"design": 2}),
    ("idle_ready", "idle", 0, {"design": 3}),
    ("idle_dots", "idle", 0, {"design": 4}),
    ("idle_picture", "idle", 100, {"picture": Stripes()}),
    ("idle_black_picture", "idle", 1000, {"picture": Black()}),
    ("idle_offline", "idle", 0, {"online": 0}),
)
LARGE_ONLY = (
    ("idle", "idle", 0),
    ("idle_card", "idle", 0, {"authorise": True, "online": 0}),
    ("charging_limited", "energy", 0, CHARGING, LIMITED),
    ("menu_symbols", "menu", 0, {"menu": Menu("BYTE ORD", "HBF & LWF", MAX_HELP, editing=True)}),
    ("smart_idle", "idle", 0, SMART),
    ("smart_charging", "energy", 4000, CHARGING, SMART),
    ("smart_waiting", "waiting", 4000, NO_CURRENT, {"mode": 1, "mains_ma": (24100, 25200, 24900)}),
    ("solar_charging", "energy", 0, CHARGING, SOLAR),
    ("solar_limited", "energy", 4000, CHARGING, SOLAR, {"limit_slot": limits.SUN, "offered_ma": 7000}),
    ("solar_countdown", "energy", 0, CHARGING, SOLAR, {"stop_s": 583, "mains_sum_ma": 6200}),
    (
        "solar_waiting",
        "waiting",
        4000,
        NO_CURRENT,
        {"mode": 2, "limit_slot": limits.SUN, "mains_sum_ma": -2500},
    ),
    ("solar_phases", "energy", 0, CHARGING, {"mode": 2, "phases_next": 1}),
)


def view_of(*parts):
    """Return a view with the fields of all parts."""
    view = View()
    view.name = "Station 42"
    view.version = "1.0"
    view.address = "192.168.1.42"
    view.temp_c = 23
    view.local_s = 1695396236
    for part in parts:
        for field in part:
            assert hasattr(view, field), field
            setattr(view, field, part[field])
    return view


def screens(large):
    """Yield name, page, elapsed ms and view of every screen of one display."""
    for row in BOTH + (LARGE_ONLY if large else SMALL_ONLY):
        yield row[0], row[1], row[2], view_of(*row[3:])


def drawn(renderer, page, elapsed_ms, view):
    """Return the frame of one page."""
    for _ in renderer.frame(page, view, elapsed_ms):
        pass
    return renderer.buffer


def checksums():
    """Return the CRC-32 of the frame of every screen, by display and name."""
    from evse.services.display.lcd128 import Lcd128
    from evse.services.display.rgb32 import Rgb32

    found = {}
    for display, renderer in (("rgb", Rgb32()), ("lcd", Lcd128())):
        for name, page, elapsed_ms, view in screens(display == "lcd"):
            frame = drawn(renderer, page, elapsed_ms, view)
            found[display + " " + name] = "%08x" % (binascii.crc32(frame) & 0xFFFFFFFF)
    return found
