"""What people see and touch: displays with the idle picture, and buttons; only what a board has is loaded."""

from micropython import const

# The choice of the setting IdlePicture that is no built-in design.
_OWN_PICTURE = const(5)


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
    from evse.services.picture import IdlePicture

    picture = IdlePicture(app.board.storage.root + "/picture", app.station.contactors.proven_open)
    picture.on_change = lambda is_shown: _choose_picture(app, is_shown)
    return picture


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
    if app.net:
        app.net.fill_view(view)
    view.picture = app.picture.shown if app.picture and view.design == _OWN_PICTURE else None
    view.menu = app.menu.menu if app.menu else None
    view.uses = app.switch.uses + (app.menu.uses if app.menu else 0)
