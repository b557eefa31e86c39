"""How long a meter that is needed has said nothing."""


class Silence:
    """Count the time since the last reading, up to the time at which the meter counts as silent."""

    def __init__(self) -> None:
        self._since_ms = 0

    def heard(self) -> None:
        """Begin anew: there was a reading, or nobody needs one."""
        self._since_ms = 0

    def step(self, dt_ms: int, limit_ms: int) -> bool:
        """Let time pass; return True while the meter is silent."""
        if self._since_ms < limit_ms:
            self._since_ms += dt_ms
        return self._since_ms >= limit_ms

    def next_ms(self, limit_ms: int) -> int:
        """Return the time until the meter counts as silent, or -1 when it does already."""
        return limit_ms - self._since_ms if self._since_ms < limit_ms else -1
