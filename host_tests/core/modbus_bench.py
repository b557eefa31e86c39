"""Helpers of the Modbus tests: frames, and a client whose time the test moves."""

from modbus.crc import append_crc
from modbus.rtu import RtuClient

# Every client test crosses the wrap of the ticks.
START_MS = (1 << 30) - 40


def frame(*data):
    """Return the bytes with their CRC."""
    buffer = bytearray(len(data) + 2)
    for index in range(len(data)):
        buffer[index] = data[index]
    append_crc(buffer, len(data))
    return bytes(buffer)


def hexed(text):
    """Return the bytes of a hex text with spaces."""
    return bytes.fromhex(text.replace(" ", ""))


class ClientBench:
    """An RtuClient with its own time."""

    def __init__(self, **arguments):
        self.client = RtuClient(**arguments)
        self.now_ms = START_MS
        self.sent = []

    def wait(self, duration_ms):
        """Let time pass in steps of 1 ms, polling."""
        for _ in range(duration_ms):
            self.now_ms = (self.now_ms + 1) & 0x3FFFFFFF
            self.poll()

    def poll(self):
        count = self.client.poll(self.now_ms)
        if count:
            self.sent.append(bytes(self.client.tx[:count]))

    def hear(self, data):
        """Hand bytes to the client at the present time."""
        self.client.receive(data, len(data), self.now_ms)

    def until_sent(self, requests):
        """Wait until so many requests were sent and are out."""
        for _ in range(1000):
            if len(self.sent) == requests:
                break
            self.wait(1)
        assert len(self.sent) == requests
        self.wait(20)
