"""Inputs from outside the station: steady values out of contacts that bounce and of mains voltage that pulses."""

from micropython import const

# A 50 Hz signal behind one diode is away for up to 20 ms, and is sampled every 10 ms.
_HOLD_MS = const(50)


class MainsSignal:
    """True while voltage is there, be it DC or the pulses of a rectified mains voltage."""

    def __init__(self) -> None:
        self._since_on_ms = _HOLD_MS

    def step(self, level: bool, dt_ms: int) -> bool:
        """Take one sample; return True while there was voltage a short time ago."""
        if level:
            self._since_on_ms = 0
        elif self._since_on_ms < _HOLD_MS:
            self._since_on_ms += dt_ms
        return self._since_on_ms < _HOLD_MS

    def next_ms(self) -> int:
        """Return the time until it may change with the same sample, or -1."""
        return _HOLD_MS - self._since_on_ms if 0 < self._since_on_ms < _HOLD_MS else -1


class Steady:
    """A value that changes only when the new one has lasted for `steady_ms`; the first one counts at once."""

    def __init__(self, steady_ms: int) -> None:
        self.value = -1
        self._steady_ms = steady_ms
        self._next = -1
        self._since_ms = 0

    def step(self, value: int, dt_ms: int) -> bool:
        """Take one sample; return True when `value` changed."""
        if value == self.value:
            self._next = value
            return False
        if self.value < 0:
            self.value = value
            return True
        if value != self._next:
            self._next = value
            self._since_ms = 0
            return False
        self._since_ms += dt_ms
        if self._since_ms < self._steady_ms:
            return False
        self.value = value
        return True

    def next_ms(self) -> int:
        """Return the time until `value` may change with the same sample, or -1."""
        return self._steady_ms - self._since_ms if self._next != self.value else -1
