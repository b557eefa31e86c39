"""The colors of the colour display; the first sixteen are those of the icons."""

from micropython import const

CLEAR = const(0)
WHITE = const(1)
RED = const(2)
GREEN = const(3)
BLUE = const(4)
YELLOW = const(5)
ORANGE = const(6)
LIGHT = const(7)
DARK = const(8)
CYAN = const(9)
DARK_GREEN = const(10)
DARK_BLUE = const(11)
DARK_RED = const(12)
MAGENTA = const(13)
BLACK = const(14)
AMBER = const(15)
COUNT = const(16)

# Red, green, blue of each.
RGB = (
    b"\x00\x00\x00\xe6\xe6\xe6\xff\x20\x18\x14\xdc\x46\x20\x60\xff\xff\xc8\x00\xff\x78\x00\x82\x8c\x98"
    b"\x30\x34\x3c\x00\xbe\xe6\x00\x58\x1c\x0a\x20\x60\x60\x08\x08\xdc\x28\xc8\x00\x00\x00\xff\xaa\x3c"
)

# Which colors are lit on a monochrome display, one bit each.
LIT = b"\x7f\x45"
