"""Imports modules while the station runs, with control steps in between, and forgets those that are rarely used.

On an ESP32 one module takes up to 10 ms, and a control step may be 50 ms late while a contactor is closed. So whoever
needs several modules names them one by one, those first that the others import.

A loaded module takes 1 to 3 kB, so one that a quiet station does not need is `TRANSIENT`: it leaves the memory some
time after its last use. Modules that stay import it inside of functions and keep nothing that is defined in it.
"""

import sys

from micropython import const

# Between two calls of `rest`; a module is there for once to twice as long after its last use.
REST_MS = const(20000)

TRANSIENT = (
    "dns.server evse.services.configuration evse.services.menu evse.services.mqtt.commands "
    "evse.services.mqtt.discovery evse.services.net.console evse.services.net.credentials "
    "evse.services.net.provisioning evse.services.net.setup_page evse.services.picture evse.services.picture_files "
    "evse.services.picture_images evse.services.picture_upload evse.services.requests evse.services.sessions_export "
    "evse.services.web.answering evse.services.web.api evse.services.web.api_access evse.services.web.api_authority "
    "evse.services.web.api_lists evse.services.web.api_now evse.services.web.api_picture "
    "evse.services.web.api_rules evse.services.web.api_settings evse.services.web.attempts evse.services.web.body "
    "evse.services.web.events evse.services.web.handlers evse.services.web.legacy evse.services.web.legacy_feeds "
    "evse.services.web.legacy_more evse.services.web.legacy_panel evse.services.web.legacy_post "
    "evse.services.web.pages evse.services.web.passwords evse.services.web.pbkdf2 evse.services.web.routes "
    "evse.settings.conditions evse.settings.intervals evse.settings.menu_rows evse.settings.migrations "
    "evse.settings.rules evse.settings.texts evse.settings.values evse.settings.zones http_server.head"
)


def at_once(names: str) -> None:
    """Load nothing ahead: for who has no control step to keep up."""


def forget(name: str) -> None:
    """Take a module out of memory, as far as nobody holds anything of it."""
    package, _, last = name.rpartition(".")
    if sys.modules.pop(name, None) is not None and hasattr(sys.modules.get(package), last):
        delattr(sys.modules[package], last)


class Loader:
    """`between` is called after every module."""

    def __init__(self, between) -> None:
        self._between = between
        self._used: "set[str]" = set()

    def load(self, names: str) -> None:
        """Import modules, their names divided by spaces."""
        for name in names.split():
            self._used.add(name)
            if name not in sys.modules:
                __import__(name)
                self._between()

    def rest(self) -> None:
        """Forget the transient modules that were not loaded, again or for the first time, since the last call."""
        for name in TRANSIENT.split():
            if name not in self._used:
                forget(name)
        self._used.clear()
