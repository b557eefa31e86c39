"""Factory reset: everything that the station keeps goes, whatever happens to the power meanwhile.

A marker is written first. While there is one, each start goes on with the removal before anything reads a file, and
the marker goes last. So a reset that was begun ends, and nothing is removed of one that was not.
"""

import os

from micropython import const

from evse.log import log

SCHEMA = 1
MARKER = "factory_reset"
# What somebody has to write, so that it is not done by mistake.
CONFIRMATION = "erase"

_FOLDER = const(0x4000)
# Every file or folder of the station is named by one of these up to its first dot. The rest of the file system may be
# firmware.
_NAMES = (
    "settings session session_open sessions access rules cards wifi web picture idle ocpp mqtt mqtt_ca keys"
)


def wipe(root: str, raw=None) -> None:
    """Remove the files of the station in the folder `root` ("" for /), the marker last; OSError leaves the rest.

    `raw` is the board's raw journal, where there is one.
    """
    if raw is not None:
        raw.erase()
    names = _NAMES.split()
    markers = []
    for name in os.listdir(root or "/"):
        stem = name.split(".")[0]
        if stem == MARKER:
            markers.append(name)
        elif stem in names:
            _remove(root + "/" + name)
    for name in markers:
        os.remove(root + "/" + name)
    log.write("factory reset: everything is as delivered")


def _remove(path: str) -> None:
    if os.stat(path)[0] & _FOLDER:
        for name in os.listdir(path):
            _remove(path + "/" + name)
        os.rmdir(path)
    else:
        os.remove(path)
