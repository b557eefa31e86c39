"""Function codes, results and exception codes of Modbus, and their plain texts."""

from micropython import const

READ_HOLDING = const(3)
READ_INPUT = const(4)
WRITE_SINGLE = const(6)
WRITE_MULTIPLE = const(16)
# Tuples of numbers, because a tuple of names would be built at every test.
READ_FUNCTIONS = (3, 4)
WRITE_FUNCTIONS = (6, 16)

BROADCAST = const(0)
ADDRESS_MAX = const(247)
READ_COUNT_MAX = const(125)
WRITE_COUNT_MAX = const(123)
FRAME_MAX = const(256)

ILLEGAL_FUNCTION = const(1)
ILLEGAL_ADDRESS = const(2)
ILLEGAL_VALUE = const(3)

# How a transaction ended.
PENDING = const(0)
OK = const(1)
TIMEOUT = const(2)
BAD_CRC = const(3)
UNEXPECTED = const(4)
EXCEPTION = const(5)
BUS_BUSY = const(6)
CANCELLED = const(7)

_RESULT_TEXTS = (
    "pending",
    "ok",
    "no reply within the time-out",
    "reply with wrong checksum",
    "only frames that do not answer the request",
    "exception reply",
    "bus never silent",
    "cancelled",
)

_EXCEPTION_TEXTS = (
    "unknown exception",
    "illegal function",
    "illegal data address",
    "illegal data value",
    "server device failure",
    "acknowledge",
    "server device busy",
    "negative acknowledge",
    "memory parity error",
    "unknown exception",
    "gateway path unavailable",
    "gateway target device failed to respond",
)


def result_text(result: int) -> str:
    """Return the plain text of a transaction result."""
    return _RESULT_TEXTS[result]


def exception_text(code: int) -> str:
    """Return the plain text of a Modbus exception code (Application Protocol V1.1b3, section 7)."""
    if 0 <= code < len(_EXCEPTION_TEXTS):
        return _EXCEPTION_TEXTS[code]
    return _EXCEPTION_TEXTS[0]


class ModbusError(Exception):
    """A transaction that brought no data: `result` as above, `exception_code` of the server or 0."""

    def __init__(self, result: int, exception_code: int = 0) -> None:
        text = result_text(result)
        if result == EXCEPTION:
            text = f"{text} {exception_code}: {exception_text(exception_code)}"
        super().__init__(text)
        self.result = result
        self.exception_code = exception_code
