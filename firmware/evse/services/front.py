"""What people see and touch: displays with the idle picture, and buttons; only what a board has is loaded."""

from micropython import const

from evse import aio

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from typing import Any

# The choice of the setting IdlePicture that is no built-in design.
_OWN_PICTURE = const(5)
_PICTURE = "evse.services.picture_files evse.services.picture_images evse.services.picture"
_PICTURE_PERIOD_MS = const(100)
# So long it stays without being asked for: less than the loader waits.
_PICTURE_STEPS = const(100)


class Picture:
    """The idle picture that somebody uploads; what keeps it is in memory while there is something to keep or to do."""

    def __init__(self, app) -> None:
        self._app = app
        self._kept: "Any" = None
        self._steps = 0
        self._make(False)

    @property
    def shown(self):
        """What the view of the displays has as its picture, or None."""
        return self._kept.shown if self._kept else None

    def open(self) -> "Any":
        """Return the IdlePicture, for a call or for as long as one is at work."""
        self._steps = 0
        if self._kept is None:
            self._make(True)
        return self._kept

    async def run(self) -> None:
        """Repeat `step`."""
        while True:
            await aio.sleep_ms(0 if self.step() else _PICTURE_PERIOD_MS)

    def step(self) -> bool:
        """Let it work; return True when the next step may follow at once."""
        kept = self._kept
        if kept is None:
            return False
        self._steps += 1
        if self._steps >= _PICTURE_STEPS:
            self._steps = 0
            self._look(kept)
        return kept.step()

    def _look(self, kept) -> None:
        if kept.is_needed():
            # Whoever asks gets the modules that it was made of.
            self._app.loader.load(_PICTURE)
        else:
            self._kept = None

    def _make(self, is_empty: bool) -> None:
        app = self._app
        app.loader.load(_PICTURE)
        from evse.services.picture import IdlePicture

        picture = IdlePicture(
            app.board.storage.root + "/picture", app.station.contactors.proven_open, is_empty=is_empty
        )
        picture.on_change = lambda is_shown: _choose_picture(app, is_shown)
        self._kept = picture


def make_screens(app):
    """Return the task of the displays, or None."""
    if not app.board.displays:
        return None
    from evse.services.display import sources
    from evse.services.display.screens import Screens

    return Screens(app.board.displays, app.board.clock, lambda view: _fill(app, sources, view))


def make_picture(app):
    """Return what keeps the idle picture of a 32x32 display, or None."""
    if not any(display.width == 32 and display.height == 32 for display in app.board.displays):
        return None
    return Picture(app)


def make_menu(app):
    """Return the task of the buttons, or None."""
    if not app.board.buttons:
        return None
    from evse.services.menu_task import MenuTask

    return MenuTask(app)


def configure(app) -> None:
    """Let the settings of the displays act."""
    settings = app.settings
    if app.screens:
        app.screens.set_brightness(settings.get("Brightness"))
        app.screens.view.name = settings.text("StationName")
        app.screens.view.design = settings.get("IdlePicture")


def _choose_picture(app, is_shown: bool) -> None:
    """Let the setting follow an upload or a removal."""
    if is_shown or app.settings.get("IdlePicture") == _OWN_PICTURE:
        app.settings.put("IdlePicture", _OWN_PICTURE if is_shown else 0)
        configure(app)


def _fill(app, sources, view) -> None:
    offset_s = app.wall_clock.offset_s
    unix_s = app.board.clock.unix_s()
    sources.fill(view, app.station, unix_s + offset_s if unix_s > 0 else 0)
    view.temp_c = app.control.inputs.temp_mc // 1000
    view.restarting = app.restarting
    app.gate.fill_view(view, offset_s)
    view.online = -1 if app.ocpp is None else 1 if app.ocpp.accepted else 0
    view.why = app.ocpp.error if app.ocpp and view.online == 0 else ""
    if app.net:
        app.net.fill_view(view)
    view.picture = app.picture.shown if app.picture and view.design == _OWN_PICTURE else None
    view.menu = app.menu.menu if app.menu else None
    view.uses = app.switch.uses + (app.menu.uses if app.menu else 0)
