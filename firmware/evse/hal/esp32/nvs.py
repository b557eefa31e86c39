"""Small values in the chip's key-value store (NVS).

The store writes, and now and then erases, flash the moment a value is set, whatever its `commit` says. So
values are held here until `commit`, which does nothing while flash may not be erased.
"""

import esp32
from micropython import const

# The factory keeps serial number and keys here; they cannot be made again.
FORBIDDEN = ("KeyStorage",)

_KEY_LENGTH = const(15)
_BLOB_BYTES = const(508)


class Nvs:
    """One namespace; `may_erase()` says whether flash may be erased now."""

    def __init__(self, namespace: str, may_erase) -> None:
        """Open `namespace`; ValueError for one that belongs to the factory or has a name too long."""
        if namespace in FORBIDDEN or not 1 <= len(namespace) <= _KEY_LENGTH:
            raise ValueError("namespace " + namespace)
        self._nvs = esp32.NVS(namespace)
        self._may_erase = may_erase
        self._pending = {}

    @property
    def unsaved(self) -> bool:
        """True while something waits for `commit`."""
        return len(self._pending) > 0

    def get_int(self, key: str, default: int) -> int:
        """Return a 32-bit number, or `default` when there is none under `key`."""
        value = self._pending.get(key)
        if type(value) is int:
            return value
        try:
            return self._nvs.get_i32(key)
        except OSError:
            return default

    def get_bytes(self, key: str) -> "bytes | None":
        """Return bytes, or None when there are none under `key`."""
        value = self._pending.get(key)
        if type(value) is bytes:
            return value
        buffer = bytearray(_BLOB_BYTES)
        try:
            count = self._nvs.get_blob(key, buffer)
        except OSError:
            return None
        return bytes(buffer[:count])

    def set_int(self, key: str, value: int) -> None:
        """Note a number of -2**31 .. 2**31 - 1 for the next `commit`; ValueError for another or a bad key."""
        if not -0x80000000 <= value <= 0x7FFFFFFF:
            raise ValueError(key)
        self._note(key, value)

    def set_bytes(self, key: str, value: bytes) -> None:
        """Note at most 508 bytes for the next `commit`; ValueError for more or a bad key."""
        if len(value) > _BLOB_BYTES:
            raise ValueError(key)
        self._note(key, bytes(value))

    def commit(self) -> bool:
        """Write what waits; False while flash may not be erased. OSError keeps what was not written."""
        if not self._pending:
            return True
        if not self._may_erase():
            return False
        for key in list(self._pending):
            value = self._pending[key]
            if type(value) is int:
                self._nvs.set_i32(key, value)
            else:
                self._nvs.set_blob(key, value)
        self._nvs.commit()
        self._pending.clear()
        return True

    def _note(self, key: str, value) -> None:
        if not 1 <= len(key) <= _KEY_LENGTH:
            raise ValueError(key)
        self._pending[key] = value
