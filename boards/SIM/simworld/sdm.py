"""A simulated Eastron SDM meter: an RTU server on a byte port, fed by the simulated world.

The register addresses are those of the SDM630 (input registers, big-endian floats).
"""

from modbus.codes import ILLEGAL_ADDRESS, ILLEGAL_FUNCTION, READ_INPUT
from modbus.registers import put_u16
from modbus.server import RtuServer

MODES = ("ok", "silent", "garbage")

_REGISTERS_END = 0x0180


def float32_bits(value: int, digits: int) -> int:
    """Return the bits of the smallest single whose magnitude is at least that of value / 10**digits.

    Rounding away from zero makes a reader that truncates get `value` back, as long as a single can hold it.
    """
    if value == 0:
        return 0
    sign = 0x80000000 if value < 0 else 0
    numerator = abs(value)
    denominator = 10**digits
    exponent = 0
    # Bring numerator / denominator into 2**23 .. 2**24.
    while numerator >= denominator << 24:
        denominator <<= 1
        exponent += 1
    while numerator < denominator << 23:
        numerator <<= 1
        exponent -= 1
    mantissa = (numerator + denominator - 1) // denominator
    if mantissa == 1 << 24:
        mantissa >>= 1
        exponent += 1
    return sign | ((exponent + 150) << 23) | (mantissa & 0x7FFFFF)


class SdmRegisters:
    """The register bank of the meter.

    `source` has `current_ma[3]`, `power_w[3]` (per phase, signed), `voltage_dv[3]`, `energy_import_wh` and
    `energy_export_wh`; currents are read as magnitudes, as the meter reports them.
    """

    def __init__(self, source) -> None:
        self.source = source

    def read(self, function: int, register: int, count: int, buffer: bytearray, offset: int) -> int:
        """Answer function 4; registers without a meaning read as 0, as on the meter."""
        if function != READ_INPUT:
            return ILLEGAL_FUNCTION
        if register + count > _REGISTERS_END:
            return ILLEGAL_ADDRESS
        known = -1
        bits = 0
        for index in range(count):
            pair = (register + index) & ~1
            if pair != known:
                known = pair
                bits = self.bits_of(pair)
            word = bits if (register + index) & 1 else bits >> 16
            put_u16(buffer, offset + 2 * index, word & 0xFFFF)
        return 0

    def write(self, register: int, count: int, buffer: bytearray, offset: int) -> int:
        """Refuse: settings of the meter are not simulated."""
        return ILLEGAL_ADDRESS

    def bits_of(self, register: int) -> int:
        """Return the float of an even register as its 32 bits."""
        source = self.source
        phase = (register >> 1) % 3
        if register < 0x06:
            return float32_bits(source.voltage_dv[phase], 1)
        if register < 0x0C:
            return float32_bits(abs(source.current_ma[phase]), 3)
        if register < 0x12:
            return float32_bits(source.power_w[phase], 0)
        if register == 0x30:
            return float32_bits(sum(abs(current_ma) for current_ma in source.current_ma), 3)
        if register == 0x34:
            return float32_bits(sum(source.power_w), 0)
        if register == 0x48:
            return float32_bits(source.energy_import_wh, 3)
        if register == 0x4A:
            return float32_bits(source.energy_export_wh, 3)
        return 0


class SimulatedSdm:
    """The meter on a port: `step` it whenever `next_due_ms` says so."""

    def __init__(self, port, source, address: int, delay_ms: int = 20, seed: int = 1) -> None:
        """Attach the meter to a port; `delay_ms` is how long it thinks before it answers."""
        self.mode = "ok"
        self._port = port
        self.registers = SdmRegisters(source)
        self._server = RtuServer(self.registers, address, port.baud, delay_ms)
        self._chunk = memoryview(bytearray(64))
        self._seed = seed

    def set_address(self, address: int) -> None:
        """Answer at another address from now on."""
        self._server.address = address

    def set_mode(self, mode: str) -> None:
        """Choose how the meter behaves; raises ValueError for a mode that is not in MODES."""
        if mode not in MODES:
            raise ValueError("mode must be one of " + ", ".join(MODES))
        self.mode = mode

    def step(self, now_ms: int) -> None:
        """Take what has arrived and send what is due."""
        count = self._port.read_into(self._chunk)
        while count:
            self._server.receive(self._chunk, count, now_ms)
            count = self._port.read_into(self._chunk)
        count = self._server.poll(now_ms)
        if not count or self.mode == "silent":
            return
        if self.mode == "garbage":
            for index in range(count):
                self._server.tx[index] = self._random_byte()
        self._port.write(self._server.tx, count)

    def next_due_ms(self, now_ms: int) -> int:
        """Return after how many ms `step` has something to do."""
        return min(self._server.next_due_ms(now_ms), self._port.next_due_ms(now_ms))

    def _random_byte(self) -> int:
        # A small congruential generator: the same bytes on every interpreter.
        self._seed = (self._seed * 16807) % 2147483647
        return (self._seed >> 8) & 0xFF
