"""Modbus-RTU client (master): a state machine without I/O, one transaction at a time.

The owner starts a transaction (`read`, `write_register`, `write_registers`), then calls `poll` with the time
and sends as many bytes of `tx` as it says, and hands over received bytes with `receive`. When `busy` turns
False, `result` says how it ended. Time is a millisecond tick that wraps at 2**30. After construction nothing
here allocates. Framing after "Modbus over Serial Line" V1.02, section 2.5.

RTU carries no transaction number: a late reply to an earlier request is told from the present one by its
address, function and length only, so give the requests to one device different counts (a late reply to a
repeated request is a true reply).
"""

from micropython import const

from . import codes
from .crc import append_crc
from .line import silence_ms, wire_ms
from .registers import get_u16, put_u16
from .reply import ReplyMatcher
from .ticks import FOREVER_MS, ticks_add, ticks_diff

_IDLE = const(0)
_QUEUED = const(1)
_WAITING = const(2)
_AWAITING = const(3)

_WRITE_REPLY_BYTES = const(8)
# More frames than this with a bad CRC in one attempt are noise; checking them all would cost too much time.
_BAD_CRC_MAX = const(4)
# Longer than any transmission; a larger distance to the last activity means that the ticks went round.
_AHEAD_MAX_MS = const(10000)


def _check_range(name: str, value: int, low: int, high: int) -> None:
    if not isinstance(value, int) or not low <= value <= high:
        raise ValueError(f"{name} must be {low}..{high}")


class Counters:
    """What happened on the bus since start."""

    def __init__(self) -> None:
        self.requests = 0
        self.replies = 0
        self.timeouts = 0
        self.crc_errors = 0
        self.exceptions = 0
        self.retries = 0
        self.foreign_frames = 0


class RtuClient:
    """One outstanding Modbus-RTU transaction."""

    def __init__(
        self, baud: int = 9600, timeout_ms: int = 150, retries: int = 1, bits_per_char: int = 10
    ) -> None:
        """Build a client for one bus.

        `baud` 0 means a link without wire times (TCP, pseudo terminal). `timeout_ms` runs from the end of the
        request's transmission to the first byte of the reply. `bits_per_char` is 10 for 8N1, 11 with parity.
        Raises ValueError naming the argument that is out of range.
        """
        if baud:
            _check_range("baud", baud, 300, 1000000)
        _check_range("timeout_ms", timeout_ms, 1, 60000)
        _check_range("retries", retries, 0, 10)
        _check_range("bits_per_char", bits_per_char, 10, 12)
        self.tx = bytearray(codes.FRAME_MAX)
        self._matcher = ReplyMatcher(self.tx)
        self.rx = self._matcher.rx
        self.counters = Counters()
        self.result = codes.PENDING
        self.exception_code = 0
        self.data_start = 0
        self.timeout_ms = timeout_ms
        self.retries = retries
        # A broadcast has no reply; this is what the servers get to act on it.
        self.turnaround_ms = 50
        self.silence_ms = silence_ms(baud)
        self._baud = baud
        self._bits_per_char = bits_per_char
        self._state = _IDLE
        self._tx_count = 0
        self._reply_count = 0
        self._retries_left = 0
        self._heard = False
        self._burst_counted = False
        self._was_active = False
        self._active_ms = 0
        self._since_ms = 0

    @property
    def busy(self) -> bool:
        """True from the start of a transaction until `result` is final."""
        return self._state != _IDLE

    def read(self, address: int, function: int, register: int, count: int) -> None:
        """Start reading `count` registers with function 3 or 4.

        Raises ValueError naming the argument that is out of range, RuntimeError while busy.
        """
        if function not in codes.READ_FUNCTIONS:
            raise ValueError("function must be 3 or 4")
        _check_range("address", address, 1, codes.ADDRESS_MAX)
        _check_range("count", count, 1, codes.READ_COUNT_MAX)
        _check_range("register", register, 0, 0x10000 - count)
        self._begin(address, function, register, count, 5 + 2 * count, 6)

    def write_register(self, address: int, register: int, value: int) -> None:
        """Start writing one register with function 6; address 0 is broadcast. Raises as `read` does."""
        _check_range("address", address, 0, codes.ADDRESS_MAX)
        _check_range("register", register, 0, 0xFFFF)
        _check_range("value", value, 0, 0xFFFF)
        self._begin(address, codes.WRITE_SINGLE, register, value, _WRITE_REPLY_BYTES, 6)

    def write_registers(self, address: int, register: int, values: list[int] | tuple[int, ...]) -> None:
        """Start writing registers with function 16; address 0 is broadcast. Raises as `read` does."""
        count = len(values)
        _check_range("address", address, 0, codes.ADDRESS_MAX)
        _check_range("count", count, 1, codes.WRITE_COUNT_MAX)
        _check_range("register", register, 0, 0x10000 - count)
        for value in values:
            _check_range("value", value, 0, 0xFFFF)
        if self.busy:
            raise RuntimeError("client is busy")
        self.tx[6] = 2 * count
        offset = 7
        for value in values:
            put_u16(self.tx, offset, value)
            offset += 2
        self._begin(address, codes.WRITE_MULTIPLE, register, count, _WRITE_REPLY_BYTES, offset)

    def cancel(self) -> None:
        """Forget the transaction; whatever still arrives for it is discarded."""
        if self.busy:
            self._finish(codes.CANCELLED)

    def register(self, index: int) -> int:
        """Return register `index` of the last read reply as 0 .. 65535."""
        return get_u16(self.rx, self.data_start + 2 * index)

    def poll(self, now_ms: int) -> int:
        """Advance the time; return how many bytes of `tx` to send now (0 for none)."""
        if self._state == _QUEUED:
            self._state = _WAITING
            self._since_ms = now_ms
        if self._state == _AWAITING and self._left_ms(now_ms) <= 0:
            self._give_up(now_ms)
        if self._state == _WAITING:
            if self._silence_left_ms(now_ms) <= 0:
                return self._send(now_ms)
            if ticks_diff(now_ms, self._since_ms) >= self.timeout_ms:
                self._finish(codes.BUS_BUSY)
        return 0

    def receive(self, data: bytes | bytearray | memoryview, count: int, now_ms: int) -> None:
        """Take the first `count` bytes of `data`, received by `now_ms`."""
        if count <= 0:
            return
        taken = 0
        if self._state != _AWAITING:
            self._note_activity(now_ms)
        elif ticks_diff(now_ms, self._since_ms) >= 0:
            self._note_activity(now_ms)
            self._heard = True
            taken = self._match(data, count)
        # Else the request is still on the (half-duplex) line: an echo or a late reply, but no answer.
        if taken < count:
            self._note_foreign()

    def next_due_ms(self, now_ms: int) -> int:
        """Return after how many ms `poll` is needed if no byte arrives; `ticks.FOREVER_MS` when idle."""
        if self._state == _IDLE:
            return FOREVER_MS
        if self._state == _QUEUED:
            return 0
        left = self._left_ms(now_ms) if self._state == _AWAITING else self._silence_left_ms(now_ms)
        return left if left > 0 else 0

    def reply_in_ms(self, now_ms: int) -> int:
        """Return for how many ms the reply cannot be complete yet; 0 when there is none to wait for.

        An owner that may sleep need not look before. An exception, which is shorter, is then seen that much later.
        """
        if self._state != _AWAITING:
            return 0
        reply_ms = self.silence_ms + wire_ms(self._reply_count, self._baud, self._bits_per_char)
        return max(0, reply_ms - 1 - ticks_diff(now_ms, self._since_ms)) if self._baud else 0

    def _begin(
        self, address: int, function: int, register: int, word: int, reply_count: int, count: int
    ) -> None:
        if self.busy:
            raise RuntimeError("client is busy")
        tx = self.tx
        tx[0] = address
        tx[1] = function
        put_u16(tx, 2, register)
        put_u16(tx, 4, word)
        self._tx_count = append_crc(tx, count)
        self._reply_count = reply_count
        self._retries_left = self.retries
        self.result = codes.PENDING
        self.exception_code = 0
        self._state = _QUEUED

    def _send(self, now_ms: int) -> int:
        self._state = _AWAITING
        self._matcher.reset(self._reply_count)
        self._heard = False
        self._burst_counted = False
        self.counters.requests += 1
        self._since_ms = ticks_add(now_ms, wire_ms(self._tx_count, self._baud, self._bits_per_char))
        self._was_active = True
        self._active_ms = self._since_ms
        return self._tx_count

    def _left_ms(self, now_ms: int) -> int:
        """Return the time left for the reply; its own length counts only once something was heard."""
        limit_ms = self.turnaround_ms if self.tx[0] == codes.BROADCAST else self.timeout_ms
        if self._heard:
            limit_ms += wire_ms(self._reply_count, self._baud, self._bits_per_char)
        return limit_ms - ticks_diff(now_ms, self._since_ms)

    def _silence_left_ms(self, now_ms: int) -> int:
        elapsed_ms = ticks_diff(now_ms, self._active_ms)
        if self._was_active and -_AHEAD_MAX_MS < elapsed_ms < self.silence_ms:
            return self.silence_ms - elapsed_ms
        return 0

    def _give_up(self, now_ms: int) -> None:
        """End an attempt without a valid reply: retry or report."""
        if self.tx[0] == codes.BROADCAST:
            self._finish(codes.OK)
            return
        if not self._heard:
            self.counters.timeouts += 1
            result = codes.TIMEOUT
        else:
            result = codes.BAD_CRC if self._matcher.bad_crcs else codes.UNEXPECTED
        if self._retries_left > 0:
            self._retries_left -= 1
            self.counters.retries += 1
            self._state = _WAITING
            self._since_ms = now_ms
        else:
            self._finish(result)

    def _finish(self, result: int) -> None:
        self.result = result
        self._state = _IDLE

    def _note_activity(self, now_ms: int) -> None:
        if self._silence_left_ms(now_ms) <= 0:
            self._burst_counted = False
        self._was_active = True
        self._active_ms = now_ms

    def _note_foreign(self) -> None:
        """Count a burst of bytes that is not (part of) our reply, once."""
        if not self._burst_counted:
            self._burst_counted = True
            self.counters.foreign_frames += 1

    def _match(self, data: bytes | bytearray | memoryview, count: int) -> int:
        """Feed the matcher; return how many bytes it took until the reply was complete or noise too long."""
        matcher = self._matcher
        bad_crcs = matcher.bad_crcs
        index = 0
        while index < count and matcher.bad_crcs <= _BAD_CRC_MAX:
            index += 1
            if matcher.push(data[index - 1]):
                self._accept()
                break
        if matcher.bad_crcs != bad_crcs:
            self.counters.crc_errors += matcher.bad_crcs - bad_crcs
            self._burst_counted = True
        if matcher.dropped:
            matcher.dropped = False
            self._note_foreign()
        return index

    def _accept(self) -> None:
        start = self._matcher.start
        if self._matcher.is_exception():
            self.exception_code = self.rx[start + 2]
            self.counters.exceptions += 1
            self._finish(codes.EXCEPTION)
        else:
            self.data_start = start + 3
            self.counters.replies += 1
            self._finish(codes.OK)
