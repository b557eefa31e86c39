"""What settings must keep among each other, as a table beside that of the settings."""

from evse.core.errors import FieldError

# A line is `label that is refused|condition that must hold|reason`, see conditions.py; with `|hide` behind it, menus
# leave out the choices that it refuses. A Sensorbox (1) is always at address 10, where no EV meter can be; a meter that
# is disabled (0), fed (9) or in the network (13) has no address.
TEXT = (
    "STAT MIN|StationMin<=InstallerMax|must not be above INST MAX\n"
    "MIN|MinCurrent<=MaxCurrent|must not be above MAX\n"
    "MODE|Mode=0/MainsMeter!=0/LoadBl>1|Smart and Solar need a mains meter\n"
    "CIRCT ADR|CircuitMeter=0,9,13/MainsMeter=0,9,13/MainsMeter=1&CircuitMAddress!=10/"
    "MainsMeter!=1&CircuitMAddress!=MainsMAddress|must differ from that of the mains meter\n"
    "EV ADDR|EVMeter=0,9,13/MainsMeter=0,1,9,13/EVMeterAddress!=MainsMAddress|"
    "must differ from that of the mains meter\n"
    "EV ADDR|EVMeter=0,9,13/CircuitMeter=0,9,13/EVMeterAddress!=CircuitMAddress|"
    "must differ from that of the circuit meter\n"
    "SWITCH|RFIDReader=0/Switch!=2,4,7|only a push button goes with an RFID reader|hide\n"
    "SWITCH|Switch!=5/LoadBl<2|the grid relay is wired to the master|hide\n"
    "CONTACT 2|EnableC2!=4/LoadBl<2|the master decides for a node|hide\n"
    "FIX LOCK|CableLock=0/Config=0&Lock!=0|needs a lock in the socket\n"
)


def check(get) -> None:
    """Refuse combinations that cannot work by FieldError; `get` takes a key and returns its value."""
    from evse.settings import conditions

    for line in TEXT.split("\n"):
        if line:
            label, condition, reason = line.split("|")[:3]
            if not conditions.holds(condition, get):
                raise FieldError(label, reason)


def broken(get) -> list:
    """Return the labels of the settings that a rule refuses."""
    from evse.settings import conditions

    lines = [line.split("|") for line in TEXT.split("\n") if line]
    return [line[0] for line in lines if not conditions.holds(line[1], get)]


def offers(label: str, get) -> bool:
    """Return False when menus leave out the choice that `get` has for this label."""
    from evse.settings import conditions

    for line in TEXT.split("\n"):
        if line.startswith(label + "|") and line.endswith("|hide"):
            if not conditions.holds(line.split("|")[1], get):
                return False
    return True


def complete(new: dict, old: dict, given) -> None:
    """Change what follows from a change of the keys `given`.

    CAPACITY without a mode is a fixed one, no mode is no CAPACITY. An access mode that somebody chooses acts at once,
    so it ends the opening hours. An interval that somebody chooses ends the shorter one of a back end.
    """
    if "OcppInterval" in given:
        new["OcppShort"] = 0
    if new["AccessMode"] != old["AccessMode"] and "OpeningHours" not in given:
        new["OpeningHours"] = 0
    if new["CapacityMode"] == 0 and new["MaxSumMains"]:
        if old["CapacityMode"] or new["MaxSumMains"] == old["MaxSumMains"]:
            new["MaxSumMains"] = 0
        else:
            new["CapacityMode"] = 1
