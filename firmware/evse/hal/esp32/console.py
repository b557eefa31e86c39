"""The serial line of the prompt, 115200 8N1, read without waiting."""

import select
import sys


class Console:
    """Bytes that were typed, text that is shown."""

    def __init__(self) -> None:
        self._poll = None

    def read(self) -> int:
        """Return a byte, -1 when none waits."""
        if self._poll is None:
            self._poll = select.poll()
            self._poll.register(sys.stdin, select.POLLIN)
        if not self._poll.poll(0):
            return -1
        # The bytes behind the text: half a character of it would be waited for.
        data = sys.stdin.buffer.read(1)
        return data[0] if data else -1

    def write(self, text: str) -> None:
        """Show text."""
        sys.stdout.write(text)
