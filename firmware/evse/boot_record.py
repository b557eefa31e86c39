"""What the last starts came to, kept in memory that survives a reset, so that a boot loop is noticed.

A start counts as failed until it has run well for a while. The record is small enough for RTC memory:
magic, failed starts, length of the reason, the reason, and a sum over all of it.
"""

from micropython import const

FAILED_STARTS = const(5)

_MAGIC = const(0x5E)
_HEADER = const(3)
_REASON_BYTES = const(96)
_NO_NOTICE = "reset without notice: watchdog, crash or brown-out"


class BootRecord:
    """The record in `scratch`, which has read() -> bytes and write(bytes); `reason` is why the last run ended."""

    def __init__(self, scratch) -> None:
        self._scratch = scratch
        self.failed_starts = 0
        self.reason = ""
        self._load()

    def begin(self) -> bool:
        """Count this start; return True when so many failed in a row that only recovery makes sense.

        Until `ended` is called, the next start will be told of an end without notice.
        """
        if self.failed_starts < 255:
            self.failed_starts += 1
        self._save(_NO_NOTICE)
        return self.failed_starts > FAILED_STARTS

    def good(self) -> None:
        """Note that this start runs well, or that its end was asked for."""
        if self.failed_starts:
            self.failed_starts = 0
            self._save(_NO_NOTICE)

    def ended(self, reason: str) -> None:
        """Keep why the station stopped."""
        self._save(reason)

    def _save(self, reason: str) -> None:
        # Cutting may split a character; such a tail is dropped when it is read.
        text = reason.encode()[:_REASON_BYTES]
        body = bytes((_MAGIC, self.failed_starts, len(text))) + text
        self._scratch.write(body + bytes((_sum(body),)))

    def _load(self) -> None:
        data = self._scratch.read()
        if len(data) < _HEADER + 1 or data[0] != _MAGIC:
            return
        end = _HEADER + data[2]
        if len(data) <= end or _sum(data[:end]) != data[end]:
            return
        self.failed_starts = data[1]
        self.reason = _text(data[_HEADER:end])


def _sum(data: bytes) -> int:
    total = 0x55
    for byte in data:
        total = (total * 31 + byte) & 0xFF
    return total


def _text(data: bytes) -> str:
    # Cut back to whole characters.
    for end in range(len(data), max(len(data) - 4, -1), -1):
        try:
            return data[:end].decode()
        except UnicodeError:
            continue
    return ""
