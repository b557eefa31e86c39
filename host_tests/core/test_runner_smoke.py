"""The runner of this lane works: imports, constants and integers behave alike on every interpreter."""

from micropython import const

_ONE_HOUR_MS = const(3_600_000)


def test_const_is_the_identity():
    assert _ONE_HOUR_MS == 3600000


def test_integers_above_31_bits_are_exact():
    assert (1 << 30) * 4 + 1 == 4294967297
