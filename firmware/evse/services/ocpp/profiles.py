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
# Of the erased space so many records are for checkpoints of a session, five hours of it.
_FOR_SESSIONS = const(60)


def make_smart(app) -> SmartCharging:
    """Return smart charging with the stored profiles; it holds nothing else of the charge point."""
    clock = app.wall_clock

    def offset_s(unix_s: int) -> int:
        # The zone may be replaced.
        return clock.zone.offset_s(unix_s)

    root = app.board.storage.root + "/" + FOLDER + "/"
    file = ProfileFile(root + "profiles", app.station.contactors.proven_open)
    store = ProfileStore(file, spare=profile_spare(app))
    return SmartCharging(store, 1, offset_s, _note)


def profile_spare(app):
    """Return what keeps charging profiles over a power cut while files may not be written, None on a board without.

    Nothing is erased for it: the board does that ahead, while no contactor is closed.
    """
    raw = getattr(app.board, "journal", None)
    if raw is None or raw.payload_bytes != _PAYLOAD_BYTES:
        return None
    app.loader.load("ocpp16.profile_spare")
    from ocpp16.profile_spare import ProfileSpare

    return ProfileSpare(raw, _FOR_SESSIONS)


def _note(text: str) -> None:
    log.write("ocpp: " + text)
