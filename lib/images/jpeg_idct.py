"""Inverse cosine transform to 2 x 2, 4 x 4 or 8 x 8 points (ITU-T T.81, A.3.3, with the high frequencies left out).

A block shown at half size needs a quarter of its coefficients, put through a transform of half the length.
"""

from array import array

# Number in zigzag order -> 8 * row + column (T.81, figure A.6).
ZIGZAG = (
    b"\x00\x01\x08\x10\x09\x02\x03\x0a\x11\x18\x20\x19\x12\x0b\x04\x05"
    b"\x0c\x13\x1a\x21\x28\x30\x29\x22\x1b\x14\x0d\x06\x07\x0e\x15\x1c"
    b"\x23\x2a\x31\x38\x39\x32\x2b\x24\x1d\x16\x0f\x17\x1e\x25\x2c\x33"
    b"\x3a\x3b\x34\x2d\x26\x1f\x27\x2e\x35\x3c\x3d\x36\x2f\x37\x3e\x3f"
)
# cos(k * pi / 16) / 2 in 1/4096.
_COSINES = (2048, 2009, 1892, 1703, 1448, 1138, 784, 400, 0)


def cosine_basis(points: int) -> array:
    """Return the weight of coefficient u at point x in 1/4096, at u * points + x."""
    basis = array("h", bytes(2 * points * points))
    for u in range(points):
        for x in range(points):
            angle = (2 * x + 1) * u * (8 // points) % 32
            if angle > 16:
                angle = 32 - angle
            weight = _COSINES[angle] if angle <= 8 else -_COSINES[16 - angle]
            # The mean has the weight 1 / sqrt(8), which is cos(pi / 4) / 2.
            basis[u * points + x] = weight if u else _COSINES[4]
    return basis


def transform(
    coefficients: array,
    first: int,
    quantisation: array,
    basis: array,
    points: int,
    samples: array,
    put: int,
    stride: int,
) -> None:
    """Put the samples of a block, less 128, at `put` in rows `stride` apart.

    `coefficients` has them row by row from `first` on, still to be multiplied by `quantisation`.
    """
    sums = [8192] * (points * points)
    for v in range(points):
        line = None
        for u in range(points):
            coefficient = coefficients[first]
            if coefficient:
                coefficient *= quantisation[v * points + u]
                # No picture of 8 bits has more; less than 31 bits are needed further on.
                coefficient = max(-2047, min(2047, coefficient))
                if line is None:
                    line = [0] * points
                at = u * points
                for x in range(points):
                    line[x] += coefficient * basis[at + x]
            first += 1
        if line is not None:
            for x in range(points):
                part = line[x] >> 10
                at = v * points
                for place in range(x, points * points, points):
                    sums[place] += part * basis[at]
                    at += 1
    at = 0
    for _ in range(points):
        for x in range(put, put + points):
            samples[x] = max(-128, min(127, sums[at] >> 14))
            at += 1
        put += stride
