"""How often somebody may be wrong about a password: five times at once, then after ever longer waits.

Counted by address, so that nobody locks the owner out; and as a whole, so that many addresses gain nothing.
"""

from micropython import const

_FREE = const(5)
_FIRST_WAIT_S = const(30)
_LONGEST_WAIT_S = const(900)
_MOST_ADDRESSES = const(8)
# Failures of all addresses together, beyond which every further one is waited for.
_FREE_OF_ALL = const(20)
_WAIT_OF_ALL_S = const(10)
_FORGET_S = const(3600)


# Places in what is kept: failures of all addresses, when the next attempt may be, when the last one was.
_OF_ALL = const(0)
_NEXT_S = const(1)
_LAST_S = const(2)


class Attempts:
    """Times are the uptime in seconds; `kept` and `by_address` are kept by the caller, at first [0, 0, 0] and {}."""

    def __init__(self, kept: "list[int]", by_address: "dict[str, list[int]]") -> None:
        self._kept = kept
        # By address: [failures, when the next attempt may be, when the last one was].
        self._by_address = by_address

    def wait_s(self, address: str, now_s: int) -> int:
        """Return for how long this address has to wait before its next attempt, 0 for not at all."""
        row = self._by_address.get(address)
        next_s = max(self._kept[_NEXT_S], row[1] if row else 0)
        return max(0, next_s - now_s)

    def failed(self, address: str, now_s: int) -> None:
        """Note a wrong password."""
        if now_s - self._kept[_LAST_S] > _FORGET_S:
            self._kept[_OF_ALL] = 0
        self._kept[_LAST_S] = now_s
        self._kept[_OF_ALL] += 1
        if self._kept[_OF_ALL] > _FREE_OF_ALL:
            self._kept[_NEXT_S] = now_s + _WAIT_OF_ALL_S
        row = self._row(address, now_s)
        row[0] += 1
        row[2] = now_s
        if row[0] >= _FREE:
            row[1] = now_s + min(_FIRST_WAIT_S << min(row[0] - _FREE, 8), _LONGEST_WAIT_S)

    def succeeded(self, address: str) -> None:
        """Forget what an address had wrong."""
        self._by_address.pop(address, None)

    def _row(self, address: str, now_s: int) -> "list[int]":
        rows = self._by_address
        row = rows.get(address)
        if row is None or now_s - row[2] > _FORGET_S:
            if row is None and len(rows) >= _MOST_ADDRESSES:
                oldest = min(rows, key=lambda name: rows[name][2])
                del rows[oldest]
            row = rows[address] = [0, 0, now_s]
        return row
