"""Answers to requests for registers, functions 3, 4, 6 and 16, the same on every kind of line.

A protocol data unit is the function code and what follows it (Modbus Application Protocol V1.1b3, section 4.1).
"""

from micropython import const

from . import codes
from .registers import get_u16

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from typing import Protocol

    class RegisterBank(Protocol):
        """The registers behind a server; both calls return 0 or a Modbus exception code."""

        def read(self, function: int, register: int, count: int, buffer: bytearray, offset: int) -> int:
            """Store `count` registers, high byte first, in `buffer` from `offset` on."""
            ...

        def write(self, register: int, count: int, buffer: bytearray, offset: int) -> int:
            """Take `count` registers, high byte first, from `buffer` at `offset`; all of them or none."""
            ...


_EXCEPTION_BIT = const(0x80)
_READ_BYTES = const(5)


def answer(
    bank: "RegisterBank",
    rx: bytearray,
    start: int,
    count: int,
    tx: bytearray,
    at: int,
    is_broadcast: bool = False,
) -> int:
    """Carry out the request in `count` bytes of `rx` from `start` on; return the length of the reply in `tx` from `at`.

    Whatever is wrong with the request is answered by an exception code, and nothing was written then.
    """
    function = rx[start]
    tx[at] = function
    if function in codes.READ_FUNCTIONS:
        code = _read(bank, rx, start, count, tx, at, is_broadcast)
        length = 2 + tx[at + 1]
    elif function in codes.WRITE_FUNCTIONS:
        code = _write(bank, rx, start, count)
        length = _READ_BYTES
        for index in range(1, min(count, _READ_BYTES)):
            tx[at + index] = rx[start + index]
    else:
        code = codes.ILLEGAL_FUNCTION
        length = 0
    if code:
        tx[at] = function | _EXCEPTION_BIT
        tx[at + 1] = code
        return 2
    return length


def _read(
    bank: "RegisterBank", rx: bytearray, start: int, count: int, tx: bytearray, at: int, is_broadcast: bool
) -> int:
    if count != _READ_BYTES:
        return codes.ILLEGAL_VALUE
    register = get_u16(rx, start + 1)
    quantity = get_u16(rx, start + 3)
    if not 1 <= quantity <= codes.READ_COUNT_MAX:
        return codes.ILLEGAL_VALUE
    if register + quantity > 0x10000 or is_broadcast:
        return codes.ILLEGAL_ADDRESS
    tx[at + 1] = 2 * quantity
    return bank.read(rx[start], register, quantity, tx, at + 2)


def _write(bank: "RegisterBank", rx: bytearray, start: int, count: int) -> int:
    if count < _READ_BYTES:
        return codes.ILLEGAL_VALUE
    register = get_u16(rx, start + 1)
    if rx[start] == codes.WRITE_SINGLE:
        return bank.write(register, 1, rx, start + 3) if count == _READ_BYTES else codes.ILLEGAL_VALUE
    quantity = get_u16(rx, start + 3)
    if (
        not 1 <= quantity <= codes.WRITE_COUNT_MAX
        or count != 6 + 2 * quantity
        or rx[start + 5] != 2 * quantity
    ):
        return codes.ILLEGAL_VALUE
    if register + quantity > 0x10000:
        return codes.ILLEGAL_ADDRESS
    return bank.write(register, quantity, rx, start + 6)
