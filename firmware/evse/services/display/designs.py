"""Built-in designs of the idle display, for stations without a picture of their own."""

from evse.services.display import canvas, font_narrow, font_regular, font_tiny, icons, palette, texts


def bolt(c, v, t: int) -> None:
    """Draw a lightning bolt in a ring that a spot runs round."""
    for x, y, width, height in ((10, 2, 12, 1), (10, 29, 12, 1), (2, 10, 1, 12), (29, 10, 1, 12)):
        c.frame.fill_rect(x, y, width, height, palette.DARK_GREEN)
    for step in range(7):
        for x, y in (
            (3 + step, 9 - step),
            (28 - step, 9 - step),
            (3 + step, 22 + step),
            (28 - step, 22 + step),
        ):
            c.frame.pixel(x, y, palette.DARK_GREEN)
    _spot(c, t // 100 % 72)
    c.icon(icons.BOLT, 10, 8)


def _spot(c, place: int) -> None:
    """Draw the spot at one of 72 places on the ring: four straight sides and four corners, clockwise."""
    side, step = divmod(place, 18)
    corner = step - 11
    # From the left end of the upper side to the upper end of the right side; then turned.
    x, y = (10 + step, 2) if step < 12 else (21 + corner, 2 + corner)
    for _ in range(side):
        x, y = 31 - y, x
    c.frame.fill_rect(x, y, 1, 1, palette.GREEN)


def name(c, v, t: int) -> None:
    """Draw the name of the station, running when it is long."""
    text = v.name or "microEVSE"
    c.icon(icons.STATION, 10, 3)
    width = canvas.text_width(font_regular, text)
    if width <= 32:
        c.centred(font_regular, 20, text, palette.WHITE)
    else:
        c.text(font_regular, 32 - t // 60 % (width + 32), 20, text, palette.WHITE)


def clock(c, v, t: int) -> None:
    """Draw the time of day and the date; the bolt while nobody knows them."""
    if not v.local_s:
        bolt(c, v, t)
        return
    c.centred(font_narrow, 8, texts.clock(v.local_s), palette.WHITE)
    c.centred(font_tiny, 20, texts.date(v.local_s), palette.LIGHT)
    c.frame.fill_rect(2 + t // 1000 % 28, 29, 1, 1, palette.GREEN)


def ready(c, v, t: int) -> None:
    """Tell what to do."""
    c.icon(icons.PLUG, 10, 3)
    c.centred(font_tiny, 18, "READY", palette.GREEN)
    c.centred(font_tiny, 25, "PLUG IN", palette.WHITE)


def dots(c, v, t: int) -> None:
    """Draw four pixels in a corner, of which one is lit: the station is alive."""
    for dot in range(4):
        lit = t // 500 % 4 == dot
        c.frame.pixel(28 + dot % 2 * 2, 28 + dot // 2 * 2, palette.GREEN if lit else palette.DARK_GREEN)


DESIGNS = (("bolt", bolt), ("name", name), ("clock", clock), ("ready", ready), ("dots", dots))
