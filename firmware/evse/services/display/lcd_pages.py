"""The pages of the 128x64 display: functions of canvas, view and the time that the page is shown, in ms."""

from micropython import const

from evse.core import states
from evse.services.display import (
    canvas,
    font_big,
    font_regular,
    icons,
    lcd_flow,
    reasons,
    texts,
)

_TURN_MS = const(4000)
_HINT_MS = const(3000)
_UPPER_Y = const(14)
_LOWER_Y = const(33)
_ONE_Y = const(23)
_HINT_Y = const(56)
_LABEL_Y = const(22)
_VALUE_Y = const(39)


def _top(c, v) -> None:
    """Draw the name and the time."""
    clock = texts.clock(v.local_s) if v.local_s else ""
    right = 128 - canvas.text_width(font_regular, clock)
    c.text(font_regular, 0, 0, v.name or "microEVSE")
    c.frame.fill_rect(right - 3, 0, 131 - right, 8, 0)
    c.text(font_regular, right, 0, clock)
    if v.online == 0:
        c.icon(icons.NO_CLOUD, right - 14, 0)
    c.frame.hline(0, 10, 128, 1)


def _big(c, upper: str, lower: str, hint: str = "") -> None:
    """Draw two big lines, or one in the middle, and a hint."""
    if lower:
        c.centred(font_big, _UPPER_Y, upper)
        c.centred(font_big, _LOWER_Y, lower)
    else:
        c.centred(font_big, _ONE_Y, upper)
    if hint:
        c.centred(font_regular, _HINT_Y, hint)


def menu(c, v, t: int) -> None:
    m = v.menu
    c.text(font_regular, 0, 0, v.address)
    c.ending(font_regular, 128, 0, texts.clock(v.local_s) if v.local_s else "")
    # What a card did while it was learned is a message.
    note = m.note or v.message
    if note:
        c.frame.fill_rect(0, 9, 128, 11, 1)
    c.running(font_regular, 11, note or m.help_text, m.item_ms, 0 if note else 1)
    c.centred(font_big, _LABEL_Y, m.label)
    value = m.value
    ink = 1
    arrows_y = _LABEL_Y
    if m.editing:
        # The dark bar is at what the buttons change.
        c.frame.fill_rect(0, _VALUE_Y - 1, 128, 17, 1)
        ink = 0
        arrows_y = _VALUE_Y
    c.text(font_big, 0, arrows_y, "<", ink)
    c.ending(font_big, 128, arrows_y, ">", ink)
    big = canvas.has(font_big, value) and canvas.text_width(font_big, value) <= 106
    c.centred(font_big if big else font_regular, _VALUE_Y if big else _VALUE_Y + 4, value, ink)
    if m.cursor >= 0:
        digit = value[m.cursor]
        width = canvas.text_width(font_big, digit)
        x = (128 - canvas.text_width(font_big, value)) // 2
        x += canvas.text_width(font_big, value[: m.cursor + 1]) - width
        c.frame.fill_rect(x - 1, _VALUE_Y, width + 2, 15, ink)
        c.text(font_big, x, _VALUE_Y, digit, 1 - ink)
    c.text(font_regular, 0, _HINT_Y, "%d°C" % v.temp_c)
    c.ending(font_regular, 128, _HINT_Y, v.version)


def error(c, v, t: int) -> None:
    _, _, number, lines = reasons.fault(v.fault)
    c.frame.fill_rect(0, 0, 128, 11, 1)
    c.centred(font_regular, 2, "ERROR %d" % number, 0)
    if reasons.is_known(v.fault):
        hints = lines[2:]
        _big(c, lines[0], lines[1], hints[t // _HINT_MS % len(hints)])
    else:
        _paragraph(c, v.fault_text, t)


def _paragraph(c, text: str, t: int) -> None:
    """Draw a text in small lines; what is more than five lines takes turns."""
    lines = texts.wrapped(text, lambda line: canvas.text_width(font_regular, line) <= 128)
    first = t // _TURN_MS * 5 % max(len(lines), 1)
    for row, line in enumerate(lines[first : first + 5]):
        c.centred(font_regular, 14 + row * 10, line)


def message(c, v, t: int) -> None:
    _top(c, v)
    _paragraph(c, v.message, t)


def offline_why(c, v, t: int) -> None:
    _top(c, v)
    _paragraph(c, v.why, t)


def meter(c, v, t: int) -> None:
    _top(c, v)
    wh = max(v.meter_wh, 0)
    c.centred(font_regular, 15, "1.8.0 Total energy")
    c.centred(font_big, 29, "%d.%02d" % (wh // 1000, wh % 1000 // 10))
    c.centred(font_regular, 50, "kWh")


def total(c, v, t: int) -> None:
    _top(c, v)
    _big(c, "FINISHED", texts.kwh(v.session_wh) + " kWh", texts.duration(v.session_s))


def start(c, v, t: int) -> None:
    _top(c, v)
    _big(c, "CHARGING", texts.amps(v.offered_ma) + " A", "STARTS")


def energy(c, v, t: int) -> None:
    _charging(c, v, texts.kwh(v.session_wh) + " kWh")


def time(c, v, t: int) -> None:
    _charging(c, v, texts.duration(v.session_s))


def power(c, v, t: int) -> None:
    _charging(c, v, texts.kw(v.power_w) + " kW")


def _charging(c, v, value: str) -> None:
    _top(c, v)
    limited = v.charging() and v.limited()
    upper = "LIMITED" if limited else "CHARGING"
    if v.state == states.B:
        upper = "FINISHED"
    c.centred(font_big, _UPPER_Y - 1, upper)
    c.centred(font_big, _LOWER_Y - 2, value)
    c.frame.hline(0, 52, 128, 1)
    text = "%s A  %dP" % (texts.amps(v.offered_ma), v.phases)
    c.text(font_regular, 0, _HINT_Y, text)
    if limited:
        c.ending(font_regular, 128, _HINT_Y, reasons.limit(v.limit_slot_name())[1])
    else:
        c.ending(font_regular, 128, _HINT_Y, texts.amps(max(v.current_ma)) + " A")


def qr(c, v, t: int) -> None:
    c.text(font_big, 70, 4, "SCAN")
    for row, line in enumerate(("to start,", "or present", "a card")):
        c.text(font_regular, 70, 27 + row * 11, line)


def scheduled(c, v, t: int) -> None:
    _top(c, v)
    left_s = v.start_at_s - v.local_s
    when = texts.clock(v.start_at_s)
    day = "" if left_s < 86400 else texts.date(v.start_at_s)
    _big(c, "STARTING @", when, day)


def waiting(c, v, t: int) -> None:
    _top(c, v)
    icon, _, text = reasons.limit(v.limit_slot_name())
    solar = v.limit_slot_name() == "sun"
    _big(c, "WAITING", "FOR SOLAR" if solar else "FOR POWER")
    c.frame.hline(0, 51, 128, 1)
    c.icon_in(icon, 0, 52, 16, 12)
    c.centred(font_regular, _HINT_Y, "" if solar else text, 1, 16)


def connected(c, v, t: int) -> None:
    _top(c, v)
    if v.charge_delay_s:
        _big(c, "READY TO", "CHARGE %d" % v.charge_delay_s)
    else:
        _big(c, "READY TO", "CHARGE", "The car may start")


def idle(c, v, t: int) -> None:
    _top(c, v)
    if v.authorise:
        _big(c, "PRESENT", "RFID CARD")
    else:
        _big(c, "READY TO", "CHARGE")
    c.text(font_regular, 0, _HINT_Y, "%d°C" % v.temp_c)
    c.ending(font_regular, 128, _HINT_Y, v.address if v.address and t // _TURN_MS % 2 == 0 else v.version)


PAGES = {
    "menu": menu,
    "error": error,
    "message": message,
    "meter": meter,
    "bye": total,
    "total": total,
    "start": start,
    "current": power,
    "energy": energy,
    "time": time,
    "power": power,
    "qr": qr,
    "scheduled": scheduled,
    "waiting": waiting,
    "connected": connected,
    "offline_why": offline_why,
    "idle": idle,
}
# In Smart and Solar mode the flow of current is shown instead of these.
FLOW = "current energy time power access_off paused waiting finished connected idle"


def draw(c, page: str, v, t: int) -> None:
    """Draw a page."""
    if v.mode and page in FLOW.split() and not (page in ("idle", "access_off") and v.authorise):
        lcd_flow.draw(c, v, t)
    elif page in PAGES:
        PAGES[page](c, v, t)
    else:
        _top(c, v)
        _, upper, lower, hint = reasons.row(reasons.MESSAGES, page)
        _big(c, upper, lower, hint)
