"""The flow of current on the 128x64 display in Smart and Solar mode: grid, house, car and sun, with figures."""

from micropython import const

from evse.core import phase_choice, states
from evse.services.display import font_regular, icons, reasons, texts

_LINE_Y = const(14)
_STEP_MS = const(150)
_TURN_MS = const(4000)
_BAR_TOP = const(53)


def draw(c, v, t: int) -> None:
    """Draw the whole picture."""
    c.icon(icons.PYLON, 1, 5)
    c.icon(icons.HOUSE, 51, 2)
    if v.mode == phase_choice.SOLAR:
        c.icon(icons.SUN, 27, 0)
    _flow(c, 16, 48, v.mains_sum_ma, t)
    if v.connected:
        c.icon(icons.CAR, 105, 7)
        _flow(c, 69, 103, sum(v.current_ma) if v.charging() else 0, t)
    for phase in range(3):
        y = 20 + phase * 10
        c.text(font_regular, 0, y, "L%d" % (phase + 1))
        c.ending(font_regular, 44, y, texts.amps(v.mains_ma[phase]))
    if v.stop_s:
        c.icon(icons.HOURGLASS, 54, 20)
        c.centred(font_regular, 36, texts.countdown(v.stop_s), 1, 46, 74)
    if v.charging():
        c.ending(font_regular, 128, 20, texts.kw(v.power_w) + " kW")
        c.ending(font_regular, 128, 30, texts.amps(max(v.current_ma)) + " A")
    elif v.connected:
        c.ending(font_regular, 128, 20, "0 A")
    if v.session_active:
        c.ending(font_regular, 128, 40, texts.kwh(v.session_wh) + " kWh")
    c.frame.fill_rect(0, _BAR_TOP, 128, 11, 1)
    c.centred(font_regular, _BAR_TOP + 2, bottom_line(v, t), 0)


def _flow(c, left: int, right: int, current_ma: int, t: int) -> None:
    """Draw a line with arrows that run with the current: to the right when it is positive."""
    c.frame.hline(left, _LINE_Y, right - left, 1)
    if -50 < current_ma < 50:
        return
    for start in range(0, right - left - 2, 8):
        x = (start + t // _STEP_MS) % (right - left - 2)
        for column in range(3):
            # The tip is one pixel high, the back five.
            half = 2 - column
            away = x + column if current_ma > 0 else right - left - 1 - x - column
            c.frame.vline(left + away, _LINE_Y - half, 2 * half + 1, 1)


def bottom_line(v, t: int) -> str:
    """Return what takes turns in the bottom line."""
    lines = lines_of(v)
    return lines[t // _TURN_MS % len(lines)]


def lines_of(v) -> tuple:
    """Return every text that the bottom line shows in this state."""
    mode = "SOLAR" if v.mode == phase_choice.SOLAR else "SMART"
    if v.phases_next:
        return ("%dP -> %dP" % (v.phases, v.phases_next),)
    if v.access != states.ACCESS_ON:
        return ("PAUSE",) if v.access == states.ACCESS_PAUSE else ("ACCESS DENIED",)
    if v.charging():
        mode += " %dP" % v.phases
        if v.limited():
            reason = reasons.limit(v.limit_slot_name())[2]
            return (mode, "LIMITED " + texts.amps(v.offered_ma) + " A", reason or "CHARGING")
        return (mode, "CHARGING " + texts.amps(v.offered_ma) + " A")
    if v.connected and v.limit_ma == 0:
        if v.limit_slot_name() == "sun":
            return "WAITING", "FOR SOLAR"
        return "WAITING", "FOR POWER", reasons.limit(v.limit_slot_name())[2]
    if v.charge_delay_s:
        return ("READY %d" % v.charge_delay_s,)
    return ("READY", mode)
