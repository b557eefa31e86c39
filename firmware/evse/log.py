"""The one log: a bounded ring of lines that also go to the console."""

import sys

from micropython import const

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from typing import Protocol

    class Uptime(Protocol):
        uptime_s: int
        uptime_part_ms: int


# About a hundred lines; a list of so many texts takes half as much again.
_KEEP_CHARACTERS = const(4000)
_LONGEST_LINE = const(200)
_SEQUENCE_MASK = const(0x3FFFFFFF)


class Log:
    """Keep the last lines with a sequence number and the time of the station."""

    def __init__(self) -> None:
        self.sequence = 0
        self.echo = True
        self.clock: "Uptime | None" = None
        self._lines = []
        self._characters = 0

    def write(self, text: str) -> None:
        """Add one line."""
        clock = self.clock
        line = "%d.%03d %s" % (clock.uptime_s if clock else 0, clock.uptime_part_ms if clock else 0, text)
        self.sequence = (self.sequence + 1) & _SEQUENCE_MASK
        lines = self._lines
        lines.append(line[:_LONGEST_LINE])
        self._characters += len(lines[-1])
        while self._characters > _KEEP_CHARACTERS:
            self._characters -= len(lines.pop(0))
        if self.echo:
            print("%12s" % line[: line.index(" ")], text)

    def since(self, sequence: int) -> list:
        """Return the kept lines newer than `sequence` as (sequence, at_ms, text), oldest first."""
        count = min((self.sequence - sequence) & _SEQUENCE_MASK, len(self._lines))
        return [self._line(-behind) for behind in range(count, 0, -1)]

    def _line(self, index: int) -> tuple:
        time, _, text = self._lines[index].partition(" ")
        return (self.sequence + 1 + index) & _SEQUENCE_MASK, int(time.replace(".", "")), text

    def exception(self, error: Exception) -> None:
        """Print where an error came from and add a line about it."""
        self.write("%s: %s" % (type(error).__name__, error))
        try:
            sys.print_exception(error)
        except AttributeError:
            sys.excepthook(type(error), error, error.__traceback__)  # pyright: ignore[reportAttributeAccessIssue]


log = Log()
