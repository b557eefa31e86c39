"""A raw, non-blocking serial device under CPython and under MicroPython's unix port."""

import os
import select
import sys

try:
    import termios
except ImportError:
    # Not every host has it; `open` says so.
    termios = None

_SPEEDS = (9600, 19200, 38400, 57600, 115200)
_IS_MICROPYTHON = sys.implementation.name == "micropython"
_PATH_CHARACTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._:-"


def check_device(path: str, baud: int) -> None:
    """Raise ValueError for a path or a speed that cannot be used."""
    if baud not in _SPEEDS:
        raise ValueError("baud must be one of " + ", ".join(str(speed) for speed in _SPEEDS))
    # The path is part of a command line below.
    if not path.startswith("/dev/") or not all(character in _PATH_CHARACTERS for character in path):
        raise ValueError("serial must be a path below /dev, not " + path)


class SerialDevice:
    """An open device, raw 8N1; errors are OSError."""

    def __init__(self, path: str, baud: int) -> None:
        """Open the device."""
        check_device(path, baud)
        os.stat(path)
        if _IS_MICROPYTHON:
            # Its open() would wait for a carrier; stty does not, and turns that wait off (clocal).
            if os.system("stty -F %s %d raw -echo cs8 -cstopb -parenb clocal" % (path, baud)):
                raise OSError("stty failed for " + path)
            self._file = open(path, "r+b")
        else:
            self._file = _open_raw(path, baud)
        self._poll = select.poll()
        self._poll.register(self._file, select.POLLIN)
        self._byte = bytearray(1)

    def close(self) -> None:
        """Close the device."""
        self._file.close()

    def write(self, data: bytes) -> None:
        """Hand bytes to the driver, whose buffer is larger than any frame."""
        self._file.write(data)

    def read_into(self, buffer: memoryview) -> int:
        """Move what has arrived into `buffer`; return how many bytes."""
        # Byte by byte, because MicroPython's read waits until all that was asked for is there.
        count = 0
        while count < len(buffer):
            events = self._poll.poll(0)
            if not events:
                break
            if not events[0][1] & select.POLLIN or not self._file.readinto(self._byte):
                raise OSError("serial device is gone")
            buffer[count] = self._byte[0]
            count += 1
        return count


def _open_raw(path: str, baud: int):
    """Open and configure a device under CPython; return an unbuffered file."""
    if termios is None:
        raise OSError("this host cannot configure serial devices")
    flags = os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK  # pyright: ignore[reportAttributeAccessIssue]
    descriptor = os.open(path, flags)
    try:
        attributes = termios.tcgetattr(descriptor)
        speed = getattr(termios, "B%d" % baud)
        attributes[0] = 0
        attributes[1] = 0
        attributes[2] = termios.CS8 | termios.CREAD | termios.CLOCAL
        attributes[3] = 0
        attributes[4] = speed
        attributes[5] = speed
        termios.tcsetattr(descriptor, termios.TCSANOW, attributes)
        return os.fdopen(descriptor, "r+b", buffering=0)
    except (OSError, termios.error) as error:
        os.close(descriptor)
        raise OSError("cannot configure " + path + ": " + str(error))
