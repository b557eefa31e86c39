"""A limit that somebody else commands, for as long as they keep saying so: the claim REMOTE.

It can only lower the current. Whoever commands it says for how long it counts; when that is over and nobody has
renewed it, the link is taken to be lost, and what the installer chose for that counts until somebody commands anew.
"""

from micropython import const

from evse.core import limits as lim

# What is commanded, as IN1 and IN2 would (mission row A-01): no limit, half, 6 A, nothing.
MAXIMUM = const(0)
HALF = const(1)
LEAST = const(2)
NOTHING = const(3)
# A current instead of a level.
CURRENT = const(-1)

# What counts when a limit was not renewed, as stored.
RELEASE = const(0)
KEEP = const(1)
FALL_TO_LEAST = const(2)

# How it stands.
FREE = const(0)
LIMITED = const(1)
EXPIRED = const(2)


class Remote:
    """Own the claim REMOTE; `shed_ma(level, full_ma)` is what the inputs of the site use too."""

    def __init__(self, limits, shed_ma) -> None:
        self._limits = limits
        self._shed_ma = shed_ma
        self._level = MAXIMUM
        self._current_ma = 0
        self._fallback = RELEASE
        self._full_ma = 6000
        # Somebody has commanded since the start.
        self.commanded = False

    def configure(self, fallback: int, full_ma: int) -> None:
        """Take the settings over; `full_ma` is the highest current the station itself may give."""
        if (fallback, full_ma) == (self._fallback, self._full_ma):
            return
        self._fallback = fallback
        self._full_ma = full_ma
        state = self.state()
        if state == LIMITED:
            self._claim(self._limits.left_ms(lim.REMOTE))
        elif state == EXPIRED:
            self.expire()

    def set(self, level: int, current_ma: int, duration_ms: int) -> None:
        """Limit to a level, or with CURRENT to `current_ma`, for so long; MAXIMUM ends it."""
        self.commanded = True
        self._level = level
        self._current_ma = current_ma
        if level == MAXIMUM:
            self._limits.release(lim.REMOTE)
        else:
            self._claim(duration_ms)

    def expire(self) -> None:
        """Let the fallback count at once: nobody knows any more what was commanded, or for how long."""
        self._limits.claim(lim.REMOTE, self._after_ma())

    def state(self) -> int:
        """Return FREE, LIMITED or EXPIRED; what has expired and is released is FREE."""
        if self._limits.left_ms(lim.REMOTE) >= 0:
            return LIMITED
        return EXPIRED if self.limit_ma() < lim.NO_LIMIT else FREE

    def next_ms(self) -> int:
        """Return the time until a second less is left, or -1."""
        left_ms = self._limits.left_ms(lim.REMOTE)
        return (left_ms % 1000 or 1000) if left_ms > 0 else -1

    def limit_ma(self) -> int:
        """Return what is claimed, `limits.NO_LIMIT` for nothing."""
        return self._limits.claimed_ma(lim.REMOTE, 0)

    def _claim(self, duration_ms: int) -> None:
        self._limits.claim(lim.REMOTE, self._commanded_ma(), duration_ms, self._after_ma())

    def _commanded_ma(self) -> int:
        if self._level == CURRENT:
            return self._current_ma
        return self._shed_ma(self._level, self._full_ma)

    def _after_ma(self) -> int:
        if self._fallback == RELEASE:
            return lim.NO_LIMIT
        if self._fallback == KEEP:
            # After a restart nobody knows what there was to keep.
            return self._commanded_ma() if self._level != MAXIMUM else 0
        return self._shed_ma(LEAST if self._fallback == FALL_TO_LEAST else NOTHING, self._full_ma)
