"""The curve P-256 and ECDSA with SHA-256 (FIPS 186-5, SEC 1), in slices: generators that yield every few steps.

The time that it takes depends on the key: keys are made and used here where nobody can measure it.
"""

from micropython import const

_P = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
_G = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)
_BITS = const(256)
# So many steps of a multiplication make a slice.
_STEPS = const(2)
_POWER_STEPS = const(16)
_ZERO = (0, 1, 0)


def is_on_curve(point: tuple) -> bool:
    """Tell whether (x, y) is a public key."""
    x, y = point
    return x < _P and y < _P and (y * y - (x * x - 3) * x - _B) % _P == 0


def verify(key: tuple, digest: bytes, r: int, s: int):
    """Yield now and then; return whether (r, s) is a signature of `digest` by the owner of the public `key`."""
    if not (0 < r < N and 0 < s < N and is_on_curve(key)):
        return False
    inverse = yield from power(s, N - 2, N)
    first = int.from_bytes(digest, "big") * inverse % N
    second = r * inverse % N
    x, _, z = yield from _multiply(first, _G, second, key)
    if z == 0:
        return False
    # As affine numbers without a division.
    square = z * z % _P
    return (r * square - x) % _P == 0 or (r + N < _P and ((r + N) * square - x) % _P == 0)


def public_key(secret: int):
    """Yield now and then; return the public key (x, y) of a secret number from 1 to N - 1."""
    point = yield from _multiply(secret, _G, 0, _G)
    found = yield from _affine(point)
    return found


def sign(secret: int, digest: bytes, once: int):
    """Yield now and then; return (r, s). `once` is a random number from 1 to N - 1, never used before or after."""
    point = yield from _multiply(once, _G, 0, _G)
    x, _ = yield from _affine(point)
    r = x % N
    inverse = yield from power(once, N - 2, N)
    return r, inverse * (int.from_bytes(digest, "big") + r * secret) % N


def power(base: int, exponent: int, modulus: int):
    """Yield now and then; return a power, of an exponent of 256 bits."""
    found = 1
    for bit in range(_BITS - 1, -1, -1):
        found = found * found % modulus
        if exponent >> bit & 1:
            found = found * base % modulus
        if bit % _POWER_STEPS == 0:
            yield
    return found


def _affine(point: tuple):
    x, y, z = point
    inverse = yield from power(z, _P - 2, _P)
    square = inverse * inverse % _P
    return x * square % _P, y * square * inverse % _P


def _multiply(first: int, one: tuple, second: int, other: tuple):
    """Return first * one + second * other, in Jacobian coordinates (x / z**2, y / z**3)."""
    one = (one[0], one[1], 1)
    other = (other[0], other[1], 1)
    both = _add(one, other)
    found = _ZERO
    for bit in range(_BITS - 1, -1, -1):
        found = _double(found)
        chosen = (first >> bit & 1) | (second >> bit & 1) << 1
        if chosen:
            found = _add(found, (one, other, both)[chosen - 1])
        if bit % _STEPS == 0:
            yield
    return found


def _double(point: tuple) -> tuple:
    x, y, z = point
    if z == 0 or y == 0:
        return _ZERO
    delta = z * z % _P
    gamma = y * y % _P
    beta = x * gamma % _P
    alpha = 3 * (x - delta) * (x + delta) % _P
    x3 = (alpha * alpha - 8 * beta) % _P
    return x3, (alpha * (4 * beta - x3) - 8 * gamma * gamma) % _P, 2 * y * z % _P


def _add(one: tuple, other: tuple) -> tuple:
    x1, y1, z1 = one
    x2, y2, z2 = other
    if z1 == 0:
        return other
    if z2 == 0:
        return one
    s1 = z1 * z1 % _P
    s2 = z2 * z2 % _P
    u = x1 * s2 % _P
    v = y1 * s2 * z2 % _P
    h = (x2 * s1 - u) % _P
    r = (y2 * s1 * z1 - v) % _P
    if h == 0:
        return _double(one) if r == 0 else _ZERO
    hh = h * h % _P
    hhh = h * hh % _P
    u = u * hh % _P
    x3 = (r * r - hhh - 2 * u) % _P
    return x3, (r * (u - x3) - v * hhh) % _P, z1 * z2 * h % _P
