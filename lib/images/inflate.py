"""Inflate in small portions (RFC 1951) by what the interpreter has: `deflate` or CPython's `zlib`.

Input is put in first, then output is taken: a portion must find all the input that it needs.
"""

from micropython import const

# Output per portion, and input that is always enough for it: each byte may be a code of 15 bits, and each of the
# blocks that it may take has a header of up to 300 bytes.
PORTION_BYTES = const(384)
_INPUT_BYTES = const(1536)

try:
    import deflate
    from micropython import RingIO

    class Inflater:  # type: ignore
        """`deflate.DeflateIO` over a ring of input."""

        def __init__(self, window_bits: int) -> None:
            """Allocate a window of 2 ** `window_bits` bytes when output is first taken."""
            self._ring = RingIO(_INPUT_BYTES)
            self._stream = deflate.DeflateIO(self._ring, deflate.RAW, window_bits)  # type: ignore

        def space(self) -> int:
            """Return how many bytes of input can be put in."""
            return _INPUT_BYTES - self._ring.any()

        def put(self, data: memoryview) -> None:
            """Put in input, not more than there is space for."""
            self._ring.write(data)

        def take(self, view: memoryview) -> bool:
            """Fill `view` with output; return False when there is none or the input is invalid."""
            try:
                return self._stream.readinto(view) == len(view)
            except (OSError, EOFError):
                return False

except ImportError:
    import zlib  # type: ignore

    class Inflater:
        """`zlib.decompressobj` with the interface of the other one."""

        def __init__(self, window_bits: int) -> None:
            """Start a raw stream."""
            self._stream = zlib.decompressobj(-max(9, window_bits))
            self._input = b""

        def space(self) -> int:
            """Return how many bytes of input can be put in."""
            return _INPUT_BYTES - len(self._input)

        def put(self, data: memoryview) -> None:
            """Put in input, not more than there is space for."""
            self._input += bytes(data)

        def take(self, view: memoryview) -> bool:
            """Fill `view` with output; return False when there is none or the input is invalid."""
            try:
                output = self._stream.decompress(self._input, len(view))
            except zlib.error:
                return False
            self._input = self._stream.unconsumed_tail
            view[: len(output)] = output
            return len(output) == len(view)
