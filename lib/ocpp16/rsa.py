"""Signatures of RSA with SHA-256 (RFC 8017), verified in slices: a generator that yields between multiplications.

One slice is a multiplication of at most 4096 bits: 0.25 ms on the 64-bit unix port.
"""

import hashlib

from micropython import const

# DigestInfo of SHA-256, before the hash.
_SHA256_INFO = b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20"
_HASH_BYTES = const(32)


def verify(key: tuple, digest: bytes, signature: bytes, pkcs1: bool, pss: bool):
    """Yield now and then; return whether `signature` is of `digest` (SHA-256) in one of the two ways."""
    n, e = key
    bits = _bit_length(n)
    size = (bits + 7) // 8
    if len(signature) != size:
        return False
    value = int.from_bytes(signature, "big")
    if value >= n:
        return False
    power = value
    for bit in range(_bit_length(e) - 2, -1, -1):
        power = power * power % n
        yield
        if e >> bit & 1:
            power = power * value % n
            yield
    message = power.to_bytes(size, "big")
    return (pkcs1 and _is_pkcs1(message, digest)) or (pss and _is_pss(message, digest, bits - 1))


def _is_pkcs1(message: bytes, digest: bytes) -> bool:
    """Compare with what it must be as a whole (section 8.2.2): nothing is parsed that could be forged."""
    tail = _SHA256_INFO + digest
    filling = len(message) - len(tail) - 3
    return filling >= 8 and message == b"\0\1" + b"\xff" * filling + b"\0" + tail


def _is_pss(message: bytes, digest: bytes, bits: int) -> bool:
    """Check an encoding of EMSA-PSS (section 9.1.2) with MGF1 of SHA-256 and a salt of any length."""
    size = (bits + 7) // 8
    if size < len(message):
        if message[0]:
            return False
        message = message[1:]
    block = bytearray(message[: size - _HASH_BYTES - 1])
    check = message[size - _HASH_BYTES - 1 : size - 1]
    unused = 8 * size - bits
    if message[-1] != 0xBC or (unused and block[0] >> (8 - unused)):
        return False
    count = 0
    while count * _HASH_BYTES < len(block):
        mask = hashlib.sha256(check + count.to_bytes(4, "big")).digest()
        at = count * _HASH_BYTES
        for index in range(min(_HASH_BYTES, len(block) - at)):
            block[at + index] ^= mask[index]
        count += 1
    block[0] &= 0xFF >> unused
    begin = 0
    while begin < len(block) and block[begin] == 0:
        begin += 1
    if begin == len(block) or block[begin] != 1:
        return False
    return hashlib.sha256(bytes(8) + digest + bytes(block[begin + 1 :])).digest() == check


def _bit_length(value: int) -> int:
    """Return how many bits a number has; MicroPython's integers do not tell."""
    bits = 0
    while value >> (bits + 256):
        bits += 256
    value >>= bits
    while value:
        value >>= 1
        bits += 1
    return bits
