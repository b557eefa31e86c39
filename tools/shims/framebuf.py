"""Stand in for MicroPython's `framebuf` module under CPython: what the displays use of it, pixel by pixel the same."""

MONO_VLSB = 0
GS4_HMSB = 2
MONO_HLSB = 3
GS8 = 6


class FrameBuffer:
    """A frame of pixels in a buffer."""

    def __init__(self, buffer, width, height, format, stride=None):
        self.buffer = buffer
        self.width = width
        self.height = height
        self.format = format
        self.stride = width if stride is None else stride
        if format == MONO_HLSB:
            self.stride = (self.stride + 7) & ~7
        elif format == GS4_HMSB:
            self.stride = (self.stride + 1) & ~1

    def _get(self, x, y):
        if self.format == GS8:
            return self.buffer[y * self.stride + x]
        if self.format == MONO_VLSB:
            return self.buffer[(y >> 3) * self.stride + x] >> (y & 7) & 1
        if self.format == MONO_HLSB:
            return self.buffer[(y * self.stride + x) >> 3] >> (7 - (x & 7)) & 1
        return self.buffer[(y * self.stride + x) >> 1] >> (0 if x & 1 else 4) & 15

    def _set(self, x, y, color):
        if self.format == GS8:
            self.buffer[y * self.stride + x] = color & 255
        elif self.format == MONO_VLSB:
            self._set_bit((y >> 3) * self.stride + x, 1 << (y & 7), color)
        elif self.format == MONO_HLSB:
            self._set_bit((y * self.stride + x) >> 3, 128 >> (x & 7), color)
        else:
            raise NotImplementedError("nothing draws into a frame of 4 bits")

    def _set_bit(self, index, mask, color):
        if color:
            self.buffer[index] |= mask
        else:
            self.buffer[index] &= ~mask

    def pixel(self, x, y, color=None):
        """Return or set a pixel; outside of the frame nothing happens."""
        if not (0 <= x < self.width and 0 <= y < self.height):
            return None
        if color is None:
            return self._get(x, y)
        self._set(x, y, color)
        return None

    def fill(self, color):
        """Fill everything."""
        self.fill_rect(0, 0, self.width, self.height, color)

    def fill_rect(self, x, y, width, height, color):
        """Fill a rectangle, as far as it is inside."""
        for row in range(max(y, 0), min(y + height, self.height)):
            for column in range(max(x, 0), min(x + width, self.width)):
                self._set(column, row, color)

    def rect(self, x, y, width, height, color, fill=False):
        """Draw a rectangle."""
        if fill:
            self.fill_rect(x, y, width, height, color)
            return
        self.fill_rect(x, y, width, 1, color)
        self.fill_rect(x, y + height - 1, width, 1, color)
        self.fill_rect(x, y, 1, height, color)
        self.fill_rect(x + width - 1, y, 1, height, color)

    def hline(self, x, y, width, color):
        """Draw a horizontal line."""
        self.fill_rect(x, y, width, 1, color)

    def vline(self, x, y, height, color):
        """Draw a vertical line."""
        self.fill_rect(x, y, 1, height, color)

    def blit(self, source, x, y, key=-1, palette=None):
        """Copy a frame, or a tuple that makes one, its colors by way of `palette`; `key` is not copied."""
        if isinstance(source, (tuple, list)):
            source = FrameBuffer(*source)
        for row in range(max(0, -y), min(source.height, self.height - y)):
            for column in range(max(0, -x), min(source.width, self.width - x)):
                color = source._get(column, row)
                if palette is not None:
                    color = palette._get(color, 0)
                if color != key:
                    self._set(x + column, y + row, color)
