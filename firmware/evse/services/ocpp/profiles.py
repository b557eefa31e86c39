"""The charging profiles of a back end: their files, and smart charging with them."""

from micropython import const

from evse.log import log
from ocpp16.profile_file import ProfileFile
from ocpp16.profile_store import ProfileStore
from ocpp16.smart import SmartCharging

# The place of all files of OCPP.
FOLDER = "ocpp"
# What a record of the board's journal holds.
_PAYLOAD_BYTES = const(60)
# Of the erased space so many records are for checkpoints of a session, five hours of it at least, and so many more for
# what a transaction cannot do without.
_FOR_SESSIONS = const(60)
_FOR_MESSAGES = const(20)
# Whose a change is.
_PROFILES = const(0xC9)
_MESSAGES = const(0xCA)


def make_smart(app) -> SmartCharging:
    """Return smart charging with the stored profiles; it holds nothing else of the charge point."""
    clock = app.wall_clock

    def offset_s(unix_s: int) -> int:
        # The zone may be replaced.
        return clock.zone.offset_s(unix_s)

    root = app.board.storage.root + "/" + FOLDER + "/"
    file = ProfileFile(root + "profiles", app.station.contactors.proven_open)
    store = ProfileStore(file, spare=_make_spare(app, _PROFILES, _FOR_SESSIONS + _FOR_MESSAGES))
    return SmartCharging(store, 1, offset_s, _note)


def message_spare(app):
    """Return what keeps messages for the back end over a power cut while files may not be written, or None."""
    return _make_spare(app, _MESSAGES, _FOR_SESSIONS)


def _make_spare(app, tag: int, reserve: int):
    """Return a Spare on the raw journal of the board, None on a board without.

    Nothing is erased for it: the board does that ahead, while no contactor is closed.
    """
    raw = getattr(app.board, "journal", None)
    if raw is None or raw.payload_bytes != _PAYLOAD_BYTES:
        return None
    app.loader.load("ocpp16.spare")
    from ocpp16.spare import Spare

    return Spare(raw, tag, reserve)


def _note(text: str) -> None:
    log.write("ocpp: " + text)
