"""Proximity pilot: what the cable in the socket may carry.

IEC 61851-1 Annex B; windows from the board's table (SmartEVSE v3 sheet, section 1.4).
"""

from micropython import const

_VOTES = const(5)


def rating_a(table: tuple, proximity_mv: int) -> int:
    """Return the cable rating in A from rows (low mV, high mV, rating); 0 for no usable cable.

    Bounds are exclusive and the first matching row counts.
    """
    for row in table:
        if row[0] < proximity_mv < row[1]:
            return row[2]
    return 0


class ProximityReader:
    """Accept a rating after five equal readings (50 ms, half of the time allowed for a lost cable)."""

    def __init__(self, table: tuple) -> None:
        self._table = table
        self.rating_a = 0
        self.known = False
        self._last_mv = -1
        self._candidate = 0
        self._votes = 0
        self._changes = 0

    def step(self, proximity_mv: int) -> None:
        if proximity_mv != self._last_mv:
            self._last_mv = proximity_mv
            rating = rating_a(self._table, proximity_mv)
            if rating != self._candidate:
                self._candidate = rating
                self._votes = 0
                self._changes += 1
        if self._changes >= 2 * _VOTES:
            # Readings that keep changing tell nothing: no usable cable.
            self.rating_a = 0
        if self._votes < _VOTES:
            self._votes += 1
            if self._votes == _VOTES:
                self._changes = 0
                self.rating_a = self._candidate
                self.known = True

    def settled(self) -> bool:
        """Return True when the same reading again would change nothing."""
        return self._votes == _VOTES
