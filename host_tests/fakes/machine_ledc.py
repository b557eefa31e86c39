"""PWM of the fake `machine`, and the function that times pulses.

As the ESP32 port has it: the clock divider has eight bits behind the point, the duty loses the bits that the timer
has not at this frequency, a new duty waits for the next period, 65535 is always high and 0 always low. A pad that a
PWM drives can be read back, at the price of a look from Python.
"""

from fake_chip import chip
from simulated_time import clock

CLOCK_HZ = 80000000
LOOK_US = 4
CALL_US = 6
_UI_BITS = 16
_FULL = 65535
# Of a plateau without an end.
STATIC_NS = 1000000000


class PWM:
    """One LEDC channel. `timer_bits` is 20 on ESP32 and 14 on ESP32-S3."""

    timer_bits = 20

    def __init__(self, pin, freq=5000, duty_u16=32768, invert=False):
        self._pad = chip.gpio(pin.number)
        self.bits = 0
        self._duty = self._next_duty = 0
        self._next_ns = 0
        self.init(freq, duty_u16, invert)
        self._duty = self._next_duty

    def init(self, freq=5000, duty_u16=32768, invert=False):
        self._invert = 1 if invert else 0
        self.freq(freq)
        self.duty_u16(duty_u16)
        self._pad.peripheral = self

    def freq(self, value=None):
        if value is None:
            return self._freq
        if not 1 <= value <= 40000000:
            raise ValueError("frequency")
        duty = self.duty_u16() if self._next_duty else 0
        bits = 0
        while bits < _UI_BITS and value << (bits + 1) <= CLOCK_HZ:
            bits += 1
        # At its full width the timer cannot reach 100 %.
        self.bits = bits if bits < self.timer_bits else self.timer_bits - 1
        self._freq = value
        divisor = ((CLOCK_HZ << 8) + (value << self.bits) // 2) // (value << self.bits)
        # 12.5 ns is one clock.
        self.period_ns = (divisor << self.bits) * 125 // 2560
        self._origin_ns = clock.now() * 1000
        self.duty_u16(duty)

    def duty_u16(self, value=None):
        if value is None:
            if self._next_duty == 1 << self.bits:
                return _FULL
            return self._next_duty << (_UI_BITS - self.bits)
        if not 0 <= value <= _FULL:
            raise ValueError("duty_u16 must be from 0 to 65535")
        now_ns = clock.now() * 1000
        self._latch(now_ns)
        self._next_duty = (value if value < _FULL else _FULL + 1) >> (_UI_BITS - self.bits)
        self._next_ns = now_ns + self.period_ns - (now_ns - self._origin_ns) % self.period_ns

    def deinit(self):
        if self._pad.peripheral is self:
            self._pad.peripheral = None

    def _latch(self, now_ns):
        if self._next_duty != self._duty and now_ns >= self._next_ns:
            self._duty = self._next_duty

    def high_ns(self):
        """Return how long the high part of the present period lasts."""
        return self._duty * self.period_ns >> self.bits

    def plateau(self, at_us):
        """Return the level, and for how many ns it has lasted; looks go forward in time only."""
        at_ns = at_us * 1000
        self._latch(at_ns)
        if self._duty == 0 or self._duty == 1 << self.bits:
            return (1 if self._duty else 0) ^ self._invert, STATIC_NS
        phase_ns = (at_ns - self._origin_ns) % self.period_ns
        high_ns = self.high_ns()
        if phase_ns < high_ns:
            return 1 ^ self._invert, phase_ns
        return self._invert, phase_ns - high_ns

    def level(self):
        """Return the level as Python sees it, in the middle of the look."""
        clock.advance(LOOK_US // 2)
        level = self.plateau(clock.now())[0]
        clock.advance(LOOK_US // 2)
        return level

    def next_edge_us(self, at_us):
        """Return the first whole us after the plateau that there is at `at_us`, or None when it has no end."""
        at_ns = at_us * 1000
        self._latch(at_ns)
        full = 1 << self.bits
        begin_ns = at_ns - (at_ns - self._origin_ns) % self.period_ns
        edge_ns = begin_ns + self.high_ns()
        if not (0 < self._duty < full and at_ns < edge_ns):
            # Low until the next period, or without an edge in this one.
            edge_ns = begin_ns + self.period_ns
            if self._duty < full:
                if self._next_duty == 0:
                    return None
            elif self._next_duty == full:
                return None
            else:
                edge_ns += self._next_duty * self.period_ns >> self.bits
        return -(-edge_ns // 1000)


def _wait_edge(pad, timeout_us):
    """Let time pass until the level of the pad changes; return how long that took, or -1."""
    now_us = clock.now()
    edge_us = pad.peripheral.next_edge_us(now_us) if pad.peripheral is not None else None
    if edge_us is None or edge_us - now_us > timeout_us:
        clock.advance(timeout_us)
        return -1
    clock.advance(edge_us - now_us)
    return edge_us - now_us


def time_pulse_us(pin, pulse_level, timeout_us=1000000):
    """Wait for the pulse and for its end: us, -2 when none began in time, -1 when it did not end in time."""
    clock.advance(CALL_US // 2)
    pad = chip.gpio(pin.number)
    level = pad.peripheral.plateau(clock.now())[0] if pad.peripheral is not None else pad.level()
    if level != pulse_level and _wait_edge(pad, timeout_us) < 0:
        return -2
    duration_us = _wait_edge(pad, timeout_us)
    clock.advance(CALL_US // 2)
    return duration_us
