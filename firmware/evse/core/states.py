"""Charging states and their public numbers.

0 to 14 and 255 are the numbers SmartEVSE clients know (SmartEVSE v3 sheet, section 2.1); E and F follow.
"""

from micropython import const

A = const(0)
B = const(1)
C = const(2)
D = const(3)
COMM_B = const(4)
COMM_B_OK = const(5)
COMM_C = const(6)
COMM_C_OK = const(7)
ACTSTART = const(8)
B1 = const(9)
C1 = const(10)
E = const(15)
F = const(16)

NAMES = {
    A: "A",
    B: "B",
    C: "C",
    D: "D",
    COMM_B: "COMM_B",
    COMM_B_OK: "COMM_B_OK",
    COMM_C: "COMM_C",
    COMM_C_OK: "COMM_C_OK",
    ACTSTART: "ACTSTART",
    B1: "B1",
    C1: "C1",
    E: "E",
    F: "F",
}

ACCESS_OFF = const(0)
ACCESS_ON = const(1)
ACCESS_PAUSE = const(2)

ACCESS_NAMES = ("off", "on", "pause")
