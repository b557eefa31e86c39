"""The access point for a station that does not start any more, with a password of its own."""

import os

from micropython import const

from evse.log import log

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from evse.hal.esp32.network_link import WifiLink
    from evse.hal.esp32.nvs import Nvs

_KEY = "ap_password"
_LENGTH = const(10)
# No letters that are mistaken for each other; 32 of them, so that every value of a random byte is as likely.
_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"


def open_access_point(wifi: "WifiLink", name: str, store: "Nvs") -> None:
    """Open `name` with the password in `store`; the first time a random one is made and kept."""
    kept = store.get_bytes(_KEY)
    if kept is None:
        kept = new_password().encode()
        store.set_bytes(_KEY, kept)
        store.commit()
    password = kept.decode()
    wifi.start_access_point(name, password)
    log.write("access point %s, password %s" % (name, password))


def new_password() -> str:
    """Return ten random letters and digits: 50 bits."""
    return "".join([_LETTERS[byte % len(_LETTERS)] for byte in os.urandom(_LENGTH)])
