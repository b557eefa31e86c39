"""A serial line in virtual time with a real Modbus server at its end; runs on both interpreters.

The server is asked over TCP (RTU frames) at once and in earnest; its reply then takes the time of the wire. So a
test does not depend on how busy the machine is.
"""

import socket

CHARACTER_BITS = 10


class TcpServer:
    """Exchanges frames with a Modbus-RTU-over-TCP server, waiting for each."""

    def __init__(self, port):
        self._socket = socket.socket()
        self._socket.connect(socket.getaddrinfo("127.0.0.1", port)[0][-1])
        self._socket.settimeout(5)

    def exchange(self, request):
        """Return the reply to a request."""
        self._socket.send(request)
        reply = self._receive(3)
        if reply[1] & 0x80:
            return reply + self._receive(2)
        if reply[1] in (3, 4):
            return reply + self._receive(reply[2] + 2)
        return reply + self._receive(5)

    def close(self):
        self._socket.close()

    def _receive(self, count):
        data = b""
        while len(data) < count:
            part = self._socket.recv(count - len(data))
            assert part, "closed by the server"
            data += part
        return data


class PacedWire:
    """The station's port on a line with 8N1 characters.

    `tamper(request, reply)` returns what arrives instead, or an empty reply. Counts what the frames and their
    mandatory silences take (`needed_us`), and frames that were sent into a frame or a silence (`collisions`).
    """

    def __init__(self, server, clock, baud=9600, think_us=0):
        self.baud = baud
        self.think_us = think_us
        self.needed_us = 0
        self.transactions = 0
        self.collisions = 0
        self.requests = []
        self.tamper = lambda request, reply: reply
        self._server = server
        self._clock = clock
        self._character_us = CHARACTER_BITS * 1000000 // baud
        self.silence_us = 7 * self._character_us // 2
        # Replies under way, as [start in us, bytes]; a late one may be followed by another.
        self._replies = []
        self._free_us = 0

    def write(self, buffer, count):
        now_us = self._clock.elapsed_ms * 1000
        if now_us < self._free_us:
            self.collisions += 1
        request = bytes(buffer[:count])
        self.requests.append(request)
        self.requests = self.requests[-100:]
        reply = self.tamper(request, self._server.exchange(request))
        sent_us = now_us + count * self._character_us
        self._free_us = sent_us + self.silence_us
        if reply:
            start_us = self._free_us + self.think_us
            self._replies.append([start_us, reply])
            self._free_us = start_us + len(reply) * self._character_us + self.silence_us
        self.transactions += 1
        self.needed_us += (count + len(reply)) * self._character_us + 2 * self.silence_us

    def read_into(self, buffer):
        now_us = self._clock.elapsed_ms * 1000
        total = 0
        while self._replies and total < len(buffer):
            start_us, reply = self._replies[0]
            count = min(len(reply), max(0, now_us - start_us) // self._character_us, len(buffer) - total)
            if not count:
                break
            buffer[total : total + count] = reply[:count]
            total += count
            if count == len(reply):
                self._replies.pop(0)
            else:
                self._replies[0] = [start_us + count * self._character_us, reply[count:]]
        return total
