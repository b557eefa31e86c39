"""Picture files made by hand for the tests, and what the decoders make of them."""

import binascii

from images.convert import convert
from images.errors import ImageError
from images.frames import FRAME_BYTES, HEADER, HEADER_BYTES


class File:
    """A file in memory; `piece` limits what one read gives, `reads` counts them."""

    def __init__(self, data, piece=100000):
        self.data = memoryview(data)
        self.place = 0
        self.piece = piece
        self.reads = 0

    def readinto(self, buffer):
        count = min(len(buffer), len(self.data) - self.place, self.piece)
        buffer[:count] = self.data[self.place : self.place + count]
        self.place += count
        self.reads += 1
        return count

    def seek(self, place):
        self.place = place
        return place


class Written:
    """A sink that keeps everything."""

    def __init__(self):
        self.data = b""

    def write(self, data):
        self.data += bytes(data)
        return len(data)


def converted(data, frames_max=200):
    """Return the frames of a file."""
    sink = Written()
    for _ in convert(File(data), sink, frames_max):
        pass
    assert sink.data[:HEADER_BYTES] == HEADER
    frames = sink.data[HEADER_BYTES:]
    assert frames and len(frames) % FRAME_BYTES == 0
    return [frames[start : start + FRAME_BYTES] for start in range(0, len(frames), FRAME_BYTES)]


def refusal(data, frames_max=200):
    """Return the text of the refusal of a file; what was already written does not matter."""
    try:
        for _ in convert(File(data), Written(), frames_max):
            pass
    except ImageError as error:
        return str(error)
    return ""


def framed(width, height, pixels):
    """Return the frame that shows `width` x `height` pixels of (red, green, blue) in its middle."""
    frame = bytearray(FRAME_BYTES)
    left = (32 - width) // 2
    top = (32 - height) // 2
    for y in range(height):
        for x in range(width):
            at = 3 * ((top + y) * 32 + left + x)
            frame[at : at + 3] = bytes(pixels[y * width + x])
    return bytes(frame)


def pixel(frame, x, y):
    """Return the colours of a pixel of a frame."""
    at = 3 * (32 * y + x)
    return tuple(frame[at : at + 3])


def u16(value):
    return bytes([value & 0xFF, value >> 8])


# PNG


def chunk(kind, data):
    """Return a PNG chunk."""
    return len(data).to_bytes(4, "big") + kind + data + binascii.crc32(kind + data).to_bytes(4, "big")


def stored(data):
    """Return a zlib stream that does not compress; its checksum is not used."""
    blocks = b"\x78\x01"
    while True:
        part = data[:1000]
        data = data[1000:]
        blocks += bytes([0 if data else 1]) + u16(len(part)) + u16(len(part) ^ 0xFFFF) + part
        if not data:
            return blocks + b"\0\0\0\0"


def png_header(width, height, depth, kind, interlace=0):
    """Return the signature and the header chunk."""
    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([depth, kind, 0, 0, interlace])
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head)


def png(width, height, depth, kind, rows, extra=b"", interlace=0):
    """Return a PNG file; `rows` are filtered rows, each with its filter byte."""
    data = png_header(width, height, depth, kind, interlace) + extra
    return data + chunk(b"IDAT", stored(rows)) + chunk(b"IEND", b"")


# GIF


class BitWriter:
    def __init__(self):
        self.data = bytearray()
        self.value = 0
        self.count = 0

    def put(self, code, bits):
        self.value |= code << self.count
        self.count += bits
        while self.count >= 8:
            self.data.append(self.value & 0xFF)
            self.value >>= 8
            self.count -= 8

    def finish(self):
        if self.count:
            self.data.append(self.value & 0xFF)
        return bytes(self.data)


def lzw(indices, root_bits, clear_when_full=True):
    """Compress palette indices and return code size and sub-blocks (GIF89a, appendix F)."""
    clear = 1 << root_bits
    writer = BitWriter()
    bits = root_bits + 1
    writer.put(clear, bits)
    table = {}
    free = clear + 2
    prefix = indices[0]
    for index in indices[1:]:
        key = prefix << 8 | index
        if key in table:
            prefix = table[key]
            continue
        writer.put(prefix, bits)
        prefix = index
        if free < 4096:
            table[key] = free
            if free == 1 << bits:
                bits += 1
            free += 1
        elif clear_when_full:
            writer.put(clear, bits)
            table = {}
            free = clear + 2
            bits = root_bits + 1
    writer.put(prefix, bits)
    if free == 1 << bits and bits < 12:
        bits += 1
    writer.put(clear + 1, bits)
    data = writer.finish()
    out = bytes([root_bits])
    while data:
        out += bytes([len(data[:255])]) + data[:255]
        data = data[255:]
    return out + b"\0"


def gif_head(width, height, palette, version=b"GIF89a"):
    """Return signature, screen and global palette of 4 colours (or none)."""
    flags = 0x81 if palette else 0
    return version + u16(width) + u16(height) + bytes([flags, 0, 0]) + b"".join([bytes(c) for c in palette])


def gif_control(disposal=0, transparent=-1):
    """Return a graphic control extension with a delay of 1 s."""
    flags = disposal << 2 | (1 if transparent >= 0 else 0)
    return b"\x21\xf9\x04" + bytes([flags]) + u16(100) + bytes([max(0, transparent), 0])


def gif_picture(left, top, width, height, indices, palette=(), interlaced=False):
    """Return one picture with 2 bits per pixel."""
    flags = (0x81 if palette else 0) | (0x40 if interlaced else 0)
    head = b"\x2c" + u16(left) + u16(top) + u16(width) + u16(height) + bytes([flags])
    return head + b"".join([bytes(colour) for colour in palette]) + lzw(indices, 2)
