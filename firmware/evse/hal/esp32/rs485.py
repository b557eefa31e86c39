"""Half-duplex RS485 on a UART, with a direction pin where the transceiver needs one.

A reply may begin 3.5 characters after the request (3.6 ms at 9600 Bd), and a request of 8 bytes takes 8.3 ms,
far too long to wait for. So `write` only starts: it queues the bytes in the UART's buffer and sets a hardware
timer to the calculated end of the last stop bit. Its callback runs between two instructions of whatever
Python is doing then, waits out the rest of the last bit (well below a millisecond) until the UART says that it is
done, and releases the driver. `read_into` looks too, in case that a callback had to wait for a garbage collection.
Nothing here allocates.
"""

from machine import UART, Pin, Timer
from micropython import const

from evse.core import ticks
from evse.hal.esp32 import now

_BUFFER_BYTES = const(512)
# Start bit, 8 data bits, stop bit.
_BITS_PER_CHAR = const(10)
# The UART starts a little after the calculation, and its clock divider is not exact.
_GUARD_US = const(150)
_SPIN_US = const(500)
# A UART that never gets done must not hold the bus against everybody.
_GIVE_UP_US = const(20000)
_TICKS_PER_S = const(1000000)


class Rs485Port:
    """The port of the wiring's group `rs485`; `timer` is a free hardware timer 0 .. 3."""

    def __init__(self, wiring: dict, timer: int = 0) -> None:
        self.baud = wiring["baud"]
        self._char_us = (_BITS_PER_CHAR * 1000000 + self.baud - 1) // self.baud
        self._transmit_level = wiring["transmit_level"]
        self._direction = None
        self._timer = None
        if wiring["direction_pin"] is not None:
            # Before the UART drives its line.
            self._direction = Pin(wiring["direction_pin"], Pin.OUT, value=1 - self._transmit_level)
            self._timer = Timer(timer)
        self._uart = UART(
            wiring["uart"],
            baudrate=self.baud,
            tx=Pin(wiring["tx_pin"]),
            # While the driver is on, the receiver of some transceivers lets this line float.
            rx=Pin(wiring["rx_pin"], Pin.IN, Pin.PULL_UP),
            txbuf=_BUFFER_BYTES,
            rxbuf=_BUFFER_BYTES,
            timeout=0,
        )
        self._end_us = 0
        self.is_sending = False
        # Bound once: binding a method allocates.
        self._on_timer_bound = self._on_timer

    def write(self, buffer: bytearray, count: int) -> None:
        """Queue the first `count` bytes (at most 256) for sending; returns at once."""
        begin_us = now.us()
        if not self.is_sending or ticks.diff(self._end_us, begin_us) < 0:
            self._end_us = begin_us
        self._end_us = ticks.add(self._end_us, count * self._char_us)
        if self._direction is not None:
            self._direction.value(self._transmit_level)
            self.is_sending = True
        # A stream's write takes a count on MicroPython, which spares the slice; the stubs do not know it.
        self._uart.write(buffer, count)  # pyright: ignore[reportCallIssue]
        if self._timer is not None:
            self._set_timer(ticks.diff(self._end_us, begin_us) + _GUARD_US)

    def read_into(self, buffer: memoryview) -> int:
        """Move received bytes into the start of `buffer` and return how many; 0 when none wait."""
        if self.is_sending:
            self.poll()
        count = self._uart.any()
        if count == 0:
            return 0
        if count > len(buffer):
            count = len(buffer)
        return self._uart.readinto(buffer, count) or 0

    def poll(self) -> None:
        """Release the driver when the last bit is out."""
        direction = self._direction
        if direction is None or not self.is_sending:
            return
        over_us = ticks.diff(now.us(), self._end_us)
        if over_us >= 0 and (self._uart.txdone() or over_us > _GIVE_UP_US):
            direction.value(1 - self._transmit_level)
            self.is_sending = False

    def _on_timer(self, _timer: Timer) -> None:
        begin_us = now.us()
        self.poll()
        while self.is_sending and ticks.diff(now.us(), begin_us) < _SPIN_US:
            self.poll()
        if self.is_sending:
            self._set_timer(_SPIN_US)

    def _set_timer(self, delay_us: int) -> None:
        # The stubs allow either a period or a tick rate; the chip takes both.
        self._timer.init(  # pyright: ignore
            mode=Timer.ONE_SHOT, period=delay_us, tick_hz=_TICKS_PER_S, callback=self._on_timer_bound
        )
