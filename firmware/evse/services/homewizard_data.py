"""What a HomeWizard meter says: numbers out of the JSON of /api/v1/data (SmartEVSE v3 sheet, section 5.4).

The numbers are taken out of the text where it is. A parser would make floats, which lose units on an ESP32, and
objects, of which a stranger's answer could want any number. A key between its quotes and before a colon can be nothing
but a key, as quotes inside a text are escaped.
"""

from micropython import const

_BLANKS = b" \t\r\n"
_ENDS = b",}] \t\r\n"
_DIGITS = b"0123456789"
_MOST_DIGITS = const(12)
_MOST_EXPONENT = const(9)
# Beyond these nothing is a measurement, and a sum would leave the small integers.
_LIMIT = const(1000000000)

_CURRENTS = (b'"active_current_l1_a"', b'"active_current_l2_a"', b'"active_current_l3_a"')
_POWERS = (b'"active_power_l1_w"', b'"active_power_l2_w"', b'"active_power_l3_w"')
_VOLTAGES = (b'"active_voltage_l1_v"', b'"active_voltage_l2_v"', b'"active_voltage_l3_v"')


class Reading:
    """One reading: `current_ma` with the sign of the power, import positive; None where something is unknown."""

    def __init__(self, text: bytearray, length: int, phases: int = 1) -> None:
        """Read the first `length` bytes of `text`; ValueError says what is wrong.

        A meter that has shown `phases` phases may not have fewer: a phase that is missing is not one without load.
        """
        _check_whole(text, length)
        self.phases = 1
        current_ma = [_number(text, length, key, 3) for key in _CURRENTS]
        power_w = [_number(text, length, key, 0) for key in _POWERS]
        voltage_dv = [_number(text, length, key, 1) for key in _VOLTAGES]
        self.power_w = _number(text, length, b'"active_power_w"', 0)
        for phase in (1, 2):
            if current_ma[phase] is not None or power_w[phase] is not None or voltage_dv[phase] is not None:
                self.phases = 3
        if self.phases == 1:
            if current_ma[0] is None:
                current_ma[0] = _number(text, length, b'"active_current_a"', 3)
            if voltage_dv[0] is None:
                voltage_dv[0] = _number(text, length, b'"active_voltage_v"', 1)
            if power_w[0] is None:
                power_w[0] = self.power_w
        if self.phases < phases or None in current_ma[: self.phases]:
            raise ValueError("a current is missing")
        self.current_ma = tuple([_signed(current_ma[phase], power_w[phase]) for phase in range(3)])
        # What a meter does not measure is unknown to the rest of the station as 0.
        self.voltage_dv = tuple([value or 0 for value in voltage_dv]) if any(voltage_dv) else None
        self.import_wh = _number(text, length, b'"total_power_import_kwh"', 3)
        self.export_wh = _number(text, length, b'"total_power_export_kwh"', 3)


def _signed(current_ma: "int | None", power_w: "int | None") -> int:
    """Return a current with the sign of the power of its phase; without a power it keeps its own."""
    if current_ma is None:
        return 0
    if power_w is None:
        return current_ma
    return -abs(current_ma) if power_w < 0 else abs(current_ma)


def _check_whole(text: bytearray, length: int) -> None:
    """Raise ValueError unless the text begins and ends as an object does."""
    begin = 0
    while begin < length and text[begin] in _BLANKS:
        begin += 1
    end = length - 1
    while end > begin and text[end] in _BLANKS:
        end -= 1
    if begin >= end or text[begin] != 0x7B or text[end] != 0x7D:
        raise ValueError("no JSON object")


def _number(text: bytearray, length: int, key: bytes, digits: int) -> "int | None":
    """Return the number of a key times 10**digits, cut off; None when it is missing or null, else ValueError."""
    at = text.find(key, 0, length)
    if at < 0:
        return None
    at += len(key)
    if text.find(key, at, length) >= 0:
        raise ValueError("a key is there twice")
    at = _skip(text, at, length)
    if at >= length or text[at] != 0x3A:
        raise ValueError("no JSON")
    at = _skip(text, at + 1, length)
    end = at
    while end < length and text[end] not in _ENDS:
        end += 1
        if end - at > 32:
            raise ValueError("no number")
    word = bytes(memoryview(text)[at:end])
    return None if word == b"null" else _scaled(word, digits)


def _skip(text: bytearray, at: int, length: int) -> int:
    while at < length and text[at] in _BLANKS:
        at += 1
    return at


def _scaled(word: bytes, digits: int) -> int:
    """Return a JSON number times 10**digits, cut off; ValueError when it is none or too large."""
    mantissa, has_exponent, exponent = word.lower().partition(b"e")
    if has_exponent:
        sign = exponent[:1]
        size = exponent[1:] if sign in (b"+", b"-") else exponent
        if not 0 < len(size) <= 2 or size.strip(_DIGITS) or int(size) > _MOST_EXPONENT:
            raise ValueError("no number")
        digits += -int(size) if sign == b"-" else int(size)
    negative = mantissa.startswith(b"-")
    whole, point, fraction = (mantissa[1:] if negative else mantissa).partition(b".")
    if not whole or (point and not fraction) or len(whole) > _MOST_DIGITS:
        raise ValueError("no number")
    if whole.strip(_DIGITS) or fraction.strip(_DIGITS):
        raise ValueError("no number")
    if digits >= 0:
        fraction = fraction[:digits]
        text = whole + fraction + b"0" * (digits - len(fraction))
    else:
        text = whole[:digits] or b"0"
    value = int(text)
    if value > _LIMIT:
        raise ValueError("no number")
    return -value if negative else value
