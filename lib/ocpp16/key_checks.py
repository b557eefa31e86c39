"""What values of keys must be besides numbers, true and false; each check raises ValueError that says what is wrong."""

from micropython import const

from . import measurands

_ROTATIONS = ("RST", "RTS", "SRT", "STR", "TRS", "TSR", "NotApplicable", "Unknown")
_SHORTEST_PASSWORD = const(16)
_LONGEST_PASSWORD = const(20)


def checked(row, text: str, config) -> str:
    """Return the form in which a `keys.Key` keeps a text."""
    if row.check == "measurands":
        return measurands.text(measurands.parse(text, config.three_phase))
    if row.check == "rotation":
        return _rotation(text, config.get("NumberOfConnectors"))
    if row.check == "password":
        return _password(text)
    if row.check == "combine" and text not in ("Lowest", "Specification"):
        raise ValueError("must be Lowest or Specification")
    for character in text:
        if character < " " or character == "\x7f":
            raise ValueError("must be without control characters")
    if not row.low <= len(text) <= row.high:
        raise ValueError("must be %d to %d characters long" % (row.low, row.high))
    return text


def check_security(profile: int, config) -> None:
    """Refuse a security profile that may not follow the present one (whitepaper, A05.FR.01 to .04)."""
    if profile <= config.get("SecurityProfile"):
        raise ValueError("must be higher than now")
    if profile < 3 and len(config.authorization_key()) < _SHORTEST_PASSWORD:
        raise ValueError("needs an AuthorizationKey of 16 bytes or more")
    if profile > 1 and (config.can_secure is None or not config.can_secure(profile)):
        raise ValueError("needs certificates that are not installed")


def _rotation(text: str, most: int) -> str:
    parts = [part.strip() for part in text.split(",")]
    found = []
    for part in parts:
        number, _, rotation = part.partition(".")
        if not number or len(number) > 2 or number.strip("0123456789") or int(number) > most:
            raise ValueError("must be as 0.RST,1.STR, with the numbers of connectors")
        if rotation not in _ROTATIONS:
            raise ValueError("must have one of " + ", ".join(_ROTATIONS) + " behind each number")
        if int(number) in found:
            raise ValueError("must have each connector once")
        found.append(int(number))
    return ",".join(parts)


def _password(text: str) -> str:
    """Return a password as it is kept: 16 to 20 bytes, as characters or as hex (whitepaper, section 7.2)."""
    if 32 <= len(text) <= 40 and len(text) % 2 == 0 and not text.strip("0123456789abcdefABCDEF"):
        return "#" + text
    for character in text:
        if not " " <= character <= "~":
            raise ValueError("must be of ASCII characters")
    if not _SHORTEST_PASSWORD <= len(text) <= _LONGEST_PASSWORD:
        raise ValueError("must be 16 to 20 characters, or as many bytes in hex")
    return text
