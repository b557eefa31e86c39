"""Firmware updates, as OCPP 1.6 has them (section 6.19), and their course where they are signed (whitepaper, L01).

The parts that touch the world are passed in:

    files.may_begin(location)    whether a transfer may begin now
    files.may_write()            whether flash may be written now
    files.download(location)     begin one: an object with step(now_ms, paused) -> 0 while it goes on, 1 done, 2 failed;
                                 `size`, `digest` (SHA-256, bytes), `error`, close(). ValueError: no such transfers
    installer.begin(size, digest)   install what was downloaded
    installer.state()            "", "Installed", "InstallationFailed", or "Rebooting": a restart does the rest
    installer.outcome()          the same after that restart, or one that nobody wanted; "" while it is not known,
                                 "Again" when it is to begin anew
    store                        `load() -> (status, dict or None)` and `save(dict)`

The record of an update outlives a restart, which begins a download anew, goes on waiting, or tells how it ended.
"""

from micropython import const

from .rpc import LOST, TIMEOUT, CallError
from .times import parse

IDLE = "Idle"
_SCHEDULED = "DownloadScheduled"
_DOWNLOADING = "Downloading"
_PAUSED = "DownloadPaused"
_DOWNLOADED = "Downloaded"
_DOWNLOAD_FAILED = "DownloadFailed"
_VERIFIED = "SignatureVerified"
_INVALID = "InvalidSignature"
_INSTALL_SCHEDULED = "InstallScheduled"
_INSTALLING = "Installing"
_REBOOTING = "InstallRebooting"
_INSTALLED = "Installed"
_INSTALL_FAILED = "InstallationFailed"
# Those after which nothing follows, and those that OCPP 1.6 has without its extension (section 7.25).
_ENDS = (_DOWNLOAD_FAILED, _INVALID, _INSTALLED, _INSTALL_FAILED)
_PLAIN = (_DOWNLOADING, _DOWNLOADED, _INSTALLING) + _ENDS
# Those before the file is there.
_FETCHING = (_SCHEDULED, _DOWNLOADING, _PAUSED)

_ATTEMPTS = const(3)
_ATTEMPTS_MAX = const(20)
_INTERVAL_S = const(60)
_RESET_S = const(30)
_TRANSFER_DONE = const(1)


class Firmware:
    """Handles UpdateFirmware of a ChargePoint, and what `signed_firmware.SignedFirmware` accepts.

    `last` is the status that was told last, and of which request (None: not a signed one).
    """

    def __init__(self, cp, files, installer, store) -> None:
        self._cp = cp
        self._files = files
        self._installer = installer
        self._store = store
        # A SignedFirmware, where there are signed updates.
        self.signed = None
        self._transfer = None
        self._verification = None
        self._retry_s = 0
        self._untold: list = []
        self.last: tuple = (IDLE, None)
        # What goes on, {} when nothing does: see `accept`.
        self._update: dict = store.load()[1] or {}
        self._unsaved = False
        self._restarted = self._update.get("status") in (_INSTALLING, _REBOOTING)
        cp.handlers["UpdateFirmware"] = self._update_firmware
        cp.reports["FirmwareStatusNotification"] = self._report
        self._resume()

    @property
    def busy(self) -> bool:
        """Tell whether an update goes on, or its end is not told yet, or could be asked for (L01.FR.29)."""
        status, request_id = self.last
        failed = request_id is not None and status != _INSTALLED
        return len(self._update) > 0 or len(self._untold) > 0 or failed or self._unsaved

    @property
    def goes_on(self) -> bool:
        """Tell whether an update goes on."""
        return self._update.get("status", _INSTALLED) not in _ENDS

    def step(self) -> None:
        """Do what is due; called after the ChargePoint's."""
        status = self._update.get("status", "")
        self._save()
        if status in _FETCHING:
            self._fetch(status)
        elif status == _DOWNLOADED and "key" in self._update:
            self._verify()
        elif status in (_DOWNLOADED, _VERIFIED, _INSTALL_SCHEDULED):
            self._wait_to_install(status)
        elif status == _INSTALLING or status == _REBOOTING:
            self._watch(status)
        if self._untold and self._cp.notices.post(*self._untold[0]):
            self._untold.pop(0)

    def work(self) -> bool:
        """Go on with the check of a signature for a moment; True while there is more to do."""
        if self._verification is None:
            return False
        try:
            next(self._verification)
            return True
        except StopIteration as stop:
            self._verified(stop.value is True)
        except ValueError:
            self._verified(False)
        return False

    def _update_firmware(self, payload: dict, message_id: str) -> str:
        if self.signed is not None and self.signed.is_required():
            # Otherwise it would be a way around the signature (L01.FR.20).
            raise CallError("NotSupported", "firmware must be signed: SignedUpdateFirmware")
        if self.cancel():
            self.accept(payload, payload["location"], parse(payload["retrieveDate"]))
        return "{}"

    def accept(
        self, payload, location, retrieve_s, install_s=0, request_id=None, key=None, signature=""
    ) -> None:
        """Begin with an update; times in unix seconds, `key` and `signature` as SignedFirmware.verify takes them."""
        retries = payload.get("retries")
        interval_s = payload.get("retryInterval")
        self._update = {
            "location": location,
            "retrieve_s": retrieve_s,
            "install_s": install_s,
            "attempts": min(max(1, retries), _ATTEMPTS_MAX) if retries is not None else _ATTEMPTS,
            "interval_s": max(0, interval_s) if interval_s is not None else _INTERVAL_S,
        }
        if request_id is not None:
            self._update["request"] = request_id
            self._update["key"] = key
            self._update["signature"] = signature
        self._retry_s = 0
        self._restarted = False
        now_s = self._cp.now.unix_s
        waits = now_s < retrieve_s or not self._may_begin(location)
        self._enter(_SCHEDULED, waits)

    def cancel(self) -> bool:
        """Give up the update that goes on; False when it is too late for that."""
        if self._update.get("status") in (_INSTALLING, _REBOOTING):
            return False
        if self._transfer is not None:
            self._transfer.close()
            self._transfer = None
        self._verification = None
        self._untold = []
        self._update = {}
        self._cp.updating = False
        return True

    def _resume(self) -> None:
        """Go on after a restart."""
        status = self._update.get("status", "")
        if status in _FETCHING:
            self._update["status"] = _SCHEDULED
        elif status in _ENDS:
            self._tell(status)

    def _fetch(self, status: str) -> None:
        """Download, once it is time and as often as it takes."""
        update, now = self._update, self._cp.now
        may_write = self._files.may_write()
        if self._transfer is None:
            if now.up_s < self._retry_s or not now.unix_s or now.unix_s < update["retrieve_s"]:
                return
            if not self._may_begin(update["location"]):
                return
            try:
                self._transfer = self._files.download(update["location"])
            except (OSError, ValueError) as error:
                self._try_again(isinstance(error, OSError))
                return
            if status != _DOWNLOADING:
                self._enter(_DOWNLOADING)
            return
        if status != (_DOWNLOADING if may_write else _PAUSED):
            self._enter(_DOWNLOADING if may_write else _PAUSED, "request" in update)
        state = self._transfer.step(now.ms, not may_write)
        if state == 0:
            return
        transfer, self._transfer = self._transfer, None
        transfer.close()
        if state == _TRANSFER_DONE:
            update["size"] = transfer.size
            update["digest"] = "".join(["%02x" % byte for byte in transfer.digest])
            self._enter(_DOWNLOADED)
        else:
            self._try_again(True)

    def _may_begin(self, location: str) -> bool:
        return self._files.may_write() and self._files.may_begin(location)

    def _try_again(self, possible: bool) -> None:
        self._update["attempts"] -= 1
        if self._update["attempts"] > 0 and possible:
            self._retry_s = self._cp.now.up_s + self._update["interval_s"]
            return
        if self._update["status"] == _SCHEDULED:
            # It could not even begin.
            self._enter(_DOWNLOADING)
        self._enter(_DOWNLOAD_FAILED)

    def _verify(self) -> None:
        if self._verification is None and self.signed is not None:
            update = self._update
            self._verification = self.signed.verify(
                update["key"], _unhex(update["digest"]), update["signature"]
            )

    def _verified(self, is_good: bool) -> None:
        self._verification = None
        if is_good:
            self._enter(_VERIFIED)
        else:
            self._cp.notices.security_event("InvalidFirmwareSignature")
            self._enter(_INVALID)

    def _wait_to_install(self, status: str) -> None:
        """Install as soon as it is time and no car charges; meanwhile nobody else begins (L01.FR.06, L01.FR.07)."""
        cp, update = self._cp, self._update
        if cp.now.unix_s < update["install_s"]:
            if status != _INSTALL_SCHEDULED:
                self._enter(_INSTALL_SCHEDULED)
            return
        cp.updating = True
        waits = False
        for connector in cp.connectors:
            if connector.transaction is not None:
                waits = True
            else:
                connector.forget()
        if waits:
            return
        if self._files.may_write():
            self._enter(_INSTALLING)
            self._installer.begin(update["size"], _unhex(update["digest"]))

    def _watch(self, status: str) -> None:
        cp = self._cp
        cp.updating = True
        state = self._installer.outcome() if self._restarted else self._installer.state()
        if state == "Again":
            self._restarted = False
            self._installer.begin(self._update["size"], _unhex(self._update["digest"]))
        elif state == "Rebooting":
            if status != _REBOOTING:
                self._enter(_REBOOTING)
                cp.access.closed = True
                cp.pending.resetting = ("Soft", cp.now.up_s, cp.now.up_s + _RESET_S)
        elif state:
            self._enter(_INSTALLED if state == _INSTALLED else _INSTALL_FAILED)

    def _enter(self, status: str, told: bool = True) -> None:
        """Go into a status, keep it and tell it."""
        self._update["status"] = status
        if status in _ENDS:
            self._cp.updating = False
            if status == _INSTALLED:
                self._cp.notices.security_event("FirmwareUpdated")
        self._unsaved = True
        self._save()
        if told:
            self._tell(status)

    def _tell(self, status: str) -> None:
        request_id = self._update.get("request")
        if request_id is None and status not in _PLAIN:
            return
        self.last = (status, request_id)
        action = "FirmwareStatusNotification" if request_id is None else "SignedFirmwareStatusNotification"
        # Of the others a later one tells more.
        on_answer = self._answered if status in _ENDS else None
        self._untold.append((action, status_payload(status, request_id), on_answer))

    def _answered(self, payload, error: str) -> None:
        status = self._update.get("status", "")
        if status not in _ENDS:
            # Another update has begun meanwhile.
            return
        if error == TIMEOUT or error == LOST:
            self._tell(status)
            return
        self._update = {}
        self._unsaved = True

    def _save(self) -> None:
        """Write the record as soon as that may be; without it a restart would go on from somewhat earlier."""
        if self._unsaved and self._files.may_write():
            self._unsaved = False
            try:
                self._store.save(self._update)
            except OSError:
                # Not again at every step.
                pass

    def _report(self):
        status, request_id = self.last
        running = request_id is None and status in _PLAIN and status not in _ENDS
        return status_payload(status if running else IDLE, None)


def status_payload(status: str, request_id) -> str:
    """Return a notification about a status."""
    return '{"status":"%s"%s}' % (status, "" if request_id is None else ',"requestId":%d' % request_id)


def _unhex(text: str) -> bytes:
    return bytes([int(text[at : at + 2], 16) for at in range(0, len(text), 2)])
