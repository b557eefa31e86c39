"""The pages of the 32x32 colour display: functions of canvas, view and the time that the page is shown, in ms."""

from micropython import const

from evse.services.display import (
    canvas,
    font_bold,
    font_narrow,
    font_regular,
    font_tiny,
    icons,
    palette,
    reasons,
    texts,
)
from evse.services.display.model import START_MS

_DOTS_MS = const(400)
_BLINK_MS = const(500)
_DRIVE_MS = const(120)
_BAR_TOP = const(20)
_WIDTH = const(32)


def _label(c, y: int, text: str, ink: int) -> None:
    c.centred(font_tiny, y, text, ink)


def _dots(c, y: int, t: int, ink: int) -> None:
    """Draw three dots, one after the other lit."""
    for dot in range(3):
        lit = t // _DOTS_MS % 3 == dot
        c.frame.fill_rect(10 + dot * 5, y, 2, 2, ink if lit else palette.DARK)


def restart(c, v, t: int) -> None:
    c.icon(icons.RESTART, 9, 4)
    _label(c, 23, "RESTART", palette.CYAN)


def menu(c, v, t: int) -> None:
    m = v.menu
    # The bright one is what the buttons change.
    c.running(font_regular, 0, m.label, m.item_ms, palette.LIGHT if m.editing else palette.CYAN)
    ink = palette.YELLOW if m.editing else palette.WHITE
    font = font_regular
    if canvas.has(font_bold, m.value) and canvas.text_width(font_bold, m.value) <= _WIDTH:
        font = font_bold
    if m.cursor < 0:
        c.running(font, 11, m.value, m.item_ms, ink)
    else:
        x = (_WIDTH - canvas.text_width(font_regular, m.value)) // 2
        for place in range(len(m.value)):
            x = c.text(font_regular, x, 11, m.value[place], ink if place == m.cursor else palette.LIGHT)
    ink = palette.RED if m.note else palette.GREEN if v.message else palette.LIGHT
    # What a card did while it was learned is a message.
    c.running(font_regular, 23, m.note or v.message or m.help_text, m.item_ms, ink)


def error(c, v, t: int) -> None:
    icon, word, number, _ = reasons.fault(v.fault)
    bright = t // _BLINK_MS % 2 == 0
    c.icon(icons.WARNING, 0, 1, 0 if bright else palette.DARK_RED)
    c.ending(font_bold, 32, 2, "%d" % number, palette.WHITE)
    c.icon_in(icon, 0, 14, _WIDTH, 13)
    _label(c, 27, word, palette.RED)


def card_checking(c, v, t: int) -> None:
    c.icon(icons.CARD, 8, 4)
    _label(c, 17, "CHECK", palette.WHITE)
    _dots(c, 26, t, palette.CYAN)


def card_accepted(c, v, t: int) -> None:
    c.icon(icons.CHECK, 9, 5)
    _label(c, 23, "WELCOME", palette.GREEN)


def card_plug_in(c, v, t: int) -> None:
    c.icon(icons.PLUG, 10, 1 + t // _DOTS_MS % 3 * 2)
    _label(c, 24, "PLUG IN", palette.GREEN)


def card_refused(c, v, t: int) -> None:
    c.icon(icons.CROSS, 10, 5)
    _label(c, 23, "REFUSED", palette.RED)


def message(c, v, t: int) -> None:
    _paragraph(c, v.message, t, palette.WHITE)


def _paragraph(c, text: str, t: int, ink: int) -> None:
    lines = texts.wrapped(text, lambda line: canvas.text_width(font_tiny, line) <= _WIDTH)
    # Longer texts go on after two seconds.
    first = t // 2000 * 4 % max(len(lines), 1)
    for row, line in enumerate(lines[first : first + 4]):
        c.running(font_tiny, 2 + row * 8, line, t, ink)


def meter(c, v, t: int) -> None:
    _label(c, 1, "1.8.0", palette.CYAN)
    wh = max(v.meter_wh, 0)
    c.ending(font_narrow, 31, 8, "%d" % (wh // 1000), palette.WHITE)
    c.ending(font_narrow, 31, 17, ".%02d" % (wh % 1000 // 10), palette.WHITE)
    c.ending(font_tiny, 31, 26, "kWh", palette.LIGHT)


def bye(c, v, t: int) -> None:
    c.centred(font_bold, 3, "BYE", palette.WHITE)
    c.icon(icons.CAR, 5 + t // _DRIVE_MS, 18, palette.GREEN)


def total(c, v, t: int) -> None:
    _label(c, 2, "TOTAL", palette.GREEN)
    c.centred(font_bold, 11, texts.kwh(v.session_wh), palette.WHITE)
    _label(c, 25, "kWh", palette.LIGHT)


def start(c, v, t: int) -> None:
    first = t < START_MS // 2
    ma = v.minimum_ma if first else v.offered_ma
    _label(c, 2, "START", palette.GREEN)
    _bolt_and_amps(c, ma, "MIN" if first else "MAX")


def current(c, v, t: int) -> None:
    _label(c, 2, "LIMIT" if v.limited() else "FULL", palette.BLUE)
    _bolt_and_amps(c, v.offered_ma, "NOW")


def _bolt_and_amps(c, ma: int, below: str) -> None:
    amps = texts.whole_amps(ma)
    text = "%dA" % amps
    c.icon(icons.BOLT, 2 if amps < 10 else 0, 10)
    c.ending(font_bold, 32 if amps >= 10 else 29, 11, text, palette.WHITE)
    c.ending(font_tiny, 31, 25, below, palette.LIGHT)


def energy(c, v, t: int) -> None:
    c.icon(icons.CAR, 9, 2, palette.GREEN if v.charging() else palette.LIGHT)
    if v.charging():
        # Current runs into the car.
        for dot in range(3):
            if t // _DOTS_MS % 4 > dot:
                c.frame.fill_rect(1 + dot * 3, 7, 2, 2, palette.YELLOW)
    c.centred(font_bold, 14, texts.kwh(v.session_wh), palette.WHITE)
    _label(c, 26, "kWh", palette.LIGHT)


def time(c, v, t: int) -> None:
    if v.session_start_s:
        _label(c, 2, texts.date(v.session_start_s), palette.LIGHT)
        c.centred(font_narrow, 11, texts.clock(v.session_start_s), palette.WHITE)
    else:
        c.icon(icons.CLOCK, 10, 3)
    # What does not fit any more is told in hours and minutes.
    fits = v.session_s < 36000
    text = texts.duration(v.session_s) if fits else texts.clock(v.session_s)
    c.centred(font_narrow, 22, text, palette.GREEN)


def power(c, v, t: int) -> None:
    c.centred(font_bold, 1, texts.kw(v.power_w), palette.WHITE)
    _label(c, 13, "kW", palette.LIGHT)
    for phase in range(v.phases):
        top = _BAR_TOP + phase * 4
        offered_a = texts.whole_amps(v.offered_ma)
        # How much it could be.
        c.frame.fill_rect(0, top + 1, texts.whole_amps(v.maximum_ma), 1, palette.DARK)
        if offered_a:
            c.frame.fill_rect(0, top, offered_a, 3, palette.BLUE)
        else:
            c.frame.fill_rect(0, top, 1, 3, palette.RED)
        c.frame.fill_rect(0, top, texts.whole_amps(v.current_ma[phase]), 3, palette.GREEN)


def access_off(c, v, t: int) -> None:
    c.icon(icons.CROSS, 10, 2)
    _label(c, 17, "ACCESS", palette.WHITE)
    _label(c, 25, "OFF", palette.RED)


def paused(c, v, t: int) -> None:
    c.icon(icons.PAUSE, 12, 6)
    _label(c, 23, "PAUSED", palette.ORANGE)


def authorise(c, v, t: int) -> None:
    if t // 2000 % 2 == 0:
        c.icon(icons.CARD, 8, 4)
        _label(c, 17, "SHOW", palette.WHITE)
        _label(c, 25, "CARD", palette.YELLOW)
    else:
        c.icon(icons.PHONE, 11, 2)
        _label(c, 17, "OR USE", palette.WHITE)
        _label(c, 25, "APP", palette.CYAN)


def scheduled(c, v, t: int) -> None:
    c.icon(icons.CLOCK, 10, 1)
    _label(c, 15, "START", palette.LIGHT)
    c.centred(font_narrow, 23, texts.clock(v.start_at_s), palette.WHITE)


def waiting(c, v, t: int) -> None:
    icon, word, _ = reasons.limit(v.limit_slot_name())
    c.icon_in(icon, 0, 1, _WIDTH, 12)
    _label(c, 15, "WAIT", palette.WHITE)
    _label(c, 22, word, palette.ORANGE)
    _dots(c, 29, t, palette.ORANGE)


def finished(c, v, t: int) -> None:
    c.icon(icons.CAR, 5, 2, palette.GREEN)
    c.icon(icons.CHECK, 9, 12)
    _label(c, 26, "DONE", palette.GREEN)


def connected(c, v, t: int) -> None:
    c.icon(icons.CAR, 5, 4, palette.BLUE)
    if v.charge_delay_s:
        c.centred(font_narrow, 18, texts.countdown(v.charge_delay_s), palette.WHITE)
    else:
        _label(c, 16, "READY", palette.WHITE)
    _dots(c, 26, t, palette.BLUE)


def offline(c, v, t: int) -> None:
    c.icon(icons.NO_CLOUD, 10, 6)
    _label(c, 22, "OFFLINE", palette.ORANGE)


def offline_why(c, v, t: int) -> None:
    _paragraph(c, v.why, t, palette.ORANGE)


PAGES = {
    "restart": restart,
    "menu": menu,
    "error": error,
    "card_checking": card_checking,
    "card_accepted": card_accepted,
    "card_plug_in": card_plug_in,
    "card_refused": card_refused,
    "message": message,
    "meter": meter,
    "bye": bye,
    "total": total,
    "start": start,
    "current": current,
    "energy": energy,
    "time": time,
    "power": power,
    "access_off": access_off,
    "paused": paused,
    "authorise": authorise,
    "scheduled": scheduled,
    "waiting": waiting,
    "finished": finished,
    "connected": connected,
    "offline": offline,
    "offline_why": offline_why,
}
