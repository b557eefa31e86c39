"""The one log: a bounded ring of lines that also go to the console."""

import sys

from micropython import const

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from typing import Protocol

    class Uptime(Protocol):
        uptime_s: int
        uptime_part_ms: int


_KEEP = const(200)
_SEQUENCE_MASK = const(0x3FFFFFFF)


class Log:
    """Keep the last lines with a sequence number and the time of the station in ms."""

    def __init__(self) -> None:
        self.sequence = 0
        self.echo = True
        self.clock: "Uptime | None" = None
        self._lines = []

    def write(self, text: str) -> None:
        """Add one line."""
        clock = self.clock
        at_ms = clock.uptime_s * 1000 + clock.uptime_part_ms if clock else 0
        self.sequence = (self.sequence + 1) & _SEQUENCE_MASK
        self._lines.append((self.sequence, at_ms, text))
        if len(self._lines) > _KEEP:
            del self._lines[0]
        if self.echo:
            print("%8d.%03d %s" % (at_ms // 1000, at_ms % 1000, text))

    def since(self, sequence: int) -> list:
        """Return the kept lines newer than `sequence` as (sequence, at_ms, text), oldest first."""
        newer = (self.sequence - sequence) & _SEQUENCE_MASK
        if newer == 0:
            return []
        return self._lines[-newer:] if newer < len(self._lines) else list(self._lines)

    def exception(self, error: Exception) -> None:
        """Print where an error came from and add a line about it."""
        self.write("%s: %s" % (type(error).__name__, error))
        try:
            sys.print_exception(error)
        except AttributeError:
            sys.excepthook(type(error), error, error.__traceback__)  # pyright: ignore[reportAttributeAccessIssue]


log = Log()
