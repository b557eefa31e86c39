"""PBKDF2-HMAC-SHA256 (RFC 8018) in slices: the chip needs about a second for a hash that is worth having."""

import hashlib

from micropython import const

_BLOCK_BYTES = const(64)
_HASH_BYTES = const(32)
_FIRST_BLOCK = b"\0\0\0\1"


class Pbkdf2:
    """Derive 32 bytes; `step` until it returns True, then `key` has them."""

    def __init__(self, password: bytes, salt: bytes, iterations: int) -> None:
        if len(password) > _BLOCK_BYTES:
            password = hashlib.sha256(password).digest()
        key = password + bytes(_BLOCK_BYTES - len(password))
        self._inner = bytes([byte ^ 0x36 for byte in key])
        self._outer = bytes([byte ^ 0x5C for byte in key])
        self._last = self._hmac(salt + _FIRST_BLOCK)
        self._sum = int.from_bytes(self._last, "big")
        self._left = iterations - 1
        self.key = b""

    def step(self, count: int) -> bool:
        """Do up to `count` iterations; return True when the key is there."""
        count = min(count, self._left)
        self._left -= count
        for _ in range(count):
            self._last = self._hmac(self._last)
            self._sum ^= int.from_bytes(self._last, "big")
        if self._left == 0 and not self.key:
            self.key = self._sum.to_bytes(_HASH_BYTES, "big")
        return self._left == 0

    def _hmac(self, message: bytes) -> bytes:
        inner = hashlib.sha256(self._inner)
        inner.update(message)
        outer = hashlib.sha256(self._outer)
        outer.update(inner.digest())
        return outer.digest()
