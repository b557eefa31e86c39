"""Quantities as short texts."""


def kwh(energy_wh: int) -> str:
    """Return an energy in kWh with as many decimals as five characters hold."""
    if energy_wh < 100000:
        return "%d.%02d" % (energy_wh // 1000, energy_wh % 1000 // 10)
    if energy_wh < 1000000:
        return "%d.%d" % (energy_wh // 1000, energy_wh % 1000 // 100)
    return "%d" % (energy_wh // 1000)


def kw(power_w: int) -> str:
    """Return a power in kW with one decimal."""
    tenths = (max(power_w, 0) + 50) // 100
    return "%d.%d" % (tenths // 10, tenths % 10)


def amps(current_ma: int) -> str:
    """Return a current in A with one decimal."""
    tenths = (abs(current_ma) + 50) // 100
    return "%s%d.%d" % ("-" if current_ma < 0 and tenths else "", tenths // 10, tenths % 10)


def whole_amps(current_ma: int) -> int:
    """Return a current in A; an offer of 32 A is 31.98 A by its duty cycle."""
    return (max(current_ma, 0) + 500) // 1000


def duration(seconds: int) -> str:
    """Return a duration as h:mm:ss."""
    return "%d:%02d:%02d" % (seconds // 3600, seconds % 3600 // 60, seconds % 60)


def countdown(seconds: int) -> str:
    """Return a duration as m:ss."""
    return "%d:%02d" % (seconds // 60, seconds % 60)


def clock(local_s: int) -> str:
    """Return the time of day as hh:mm."""
    minute = local_s % 86400 // 60
    return "%02d:%02d" % (minute // 60, minute % 60)


def date(local_s: int) -> str:
    """Return the date as dd.mm.yy."""
    # The civil calendar, with years that begin in March, so that leap days come last.
    day = local_s // 86400 + 719468
    era = day // 146097
    day -= era * 146097
    year = (day - day // 1460 + day // 36524 - day // 146096) // 365
    day -= 365 * year + year // 4 - year // 100
    month = (5 * day + 2) // 153
    day -= (153 * month + 2) // 5 - 1
    year += era * 400
    if month >= 10:
        year += 1
    return "%02d.%02d.%02d" % (day, month + 3 if month < 10 else month - 9, year % 100)


def wrapped(text: str, fits) -> list:
    """Return the lines of a text; `fits(line)` tells whether a line is short enough."""
    lines = []
    line = ""
    for word in text.split():
        longer = line + " " + word if line else word
        if line and not fits(longer):
            lines.append(line)
            longer = word
        line = longer
    if line:
        lines.append(line)
    return lines
