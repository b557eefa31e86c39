"""The raw journal of the simulated board: records in a file, and as little erased space as a real flash has."""

import os

# Eight sectors of flash ahead, and how many records are left when old ones go.
_ERASED = 504
_RECORDS = 1000


class RawJournal:
    """Records of 60 bytes at `path`; `may_erase()` tells whether no contactor is closed."""

    payload_bytes = 60

    def __init__(self, path: str, may_erase) -> None:
        self.may_erase = may_erase
        self._path = path
        self._used = 0

    @property
    def free(self) -> int:
        """How many records `append` can take without an erase."""
        if self._used and self.may_erase():
            self._used = 0
            self._trim()
        return _ERASED - self._used

    def append(self, payload) -> bool:
        """Write one record; False when there is no erased space."""
        if self.free <= 0:
            return False
        self._used += 1
        with open(self._path, "ab") as file:
            file.write(payload)
        return True

    def records(self):
        """Yield every payload, oldest first."""
        try:
            file = open(self._path, "rb")
        except OSError:
            return
        with file:
            payload = file.read(self.payload_bytes)
            while len(payload) == self.payload_bytes:
                yield payload
                payload = file.read(self.payload_bytes)

    def erase(self) -> None:
        """Forget every record."""
        try:
            os.remove(self._path)
        except OSError:
            # There was none yet.
            pass

    def _trim(self) -> None:
        try:
            surplus = os.stat(self._path)[6] - 2 * _RECORDS * self.payload_bytes
        except OSError:
            return
        if surplus > 0:
            with open(self._path, "rb") as file:
                file.seek(-_RECORDS * self.payload_bytes, 2)
                kept = file.read()
            with open(self._path + ".new", "wb") as file:
                file.write(kept)
            os.rename(self._path + ".new", self._path)
