"""Diagnostics and logs that are sent to where the central system wants them (OCPP 1.6 section 5.9, whitepaper N01).

`files.upload(location, name, size, pieces, method)` begins a transfer of text: an object with step(now_ms, paused) -> 0
while it goes on, 1 done, 2 failed; `status` (of HTTP, 0 without an answer), close(). ValueError when it has no such
transfers. `files.may_begin(location)` tells whether it may begin now. `lines()` gives the station's log, oldest line
first, as (unix seconds or 0, text); it holds no secrets.
"""

from micropython import const

from .times import parse
from .times import text as time_text

_UPLOADING = "Uploading"
_UPLOADED = "Uploaded"
_TRANSFER_DONE = const(1)
_ATTEMPTS = const(3)
_ATTEMPTS_MAX = const(20)
_INTERVAL_S = const(60)
_NOT_ALLOWED = const(405)
# What an answer means, as LogStatusNotification has words for it; others are UploadFailure.
_REASONS = (
    (400, "BadMessage"),
    (401, "PermissionDenied"),
    (403, "PermissionDenied"),
    (405, "NotSupportedOperation"),
    (501, "NotSupportedOperation"),
)


class Diagnostics:
    """Handles GetDiagnostics and GetLog of a ChargePoint, one upload at a time; `security` is a SecurityLog or None."""

    def __init__(self, cp, files, lines, security=None) -> None:
        self._cp = cp
        self._files = files
        self._lines = lines
        self._security = security
        self._transfer = None
        # What goes on, {} when nothing does.
        self._request: dict = {}
        self._retry_s = 0
        self._untold: list = []
        self._last_id = None
        cp.handlers["GetDiagnostics"] = self._get_diagnostics
        cp.handlers["GetLog"] = self._get_log
        cp.reports["DiagnosticsStatusNotification"] = self._report
        cp.reports["LogStatusNotification"] = self._log_report

    @property
    def busy(self) -> bool:
        """Tell whether an upload goes on, or its end is not told yet."""
        return len(self._request) > 0 or len(self._untold) > 0

    def step(self) -> None:
        """Do what is due; called after the ChargePoint's."""
        if self._request:
            self._send()
        if self._untold and self._cp.notices.post(self._untold[0][0], self._untold[0][1]):
            self._untold.pop(0)

    def _get_diagnostics(self, payload: dict, message_id: str) -> str:
        window = (payload.get("startTime"), payload.get("stopTime"))
        name = self._accept(payload, payload["location"], window, False, None)
        return '{"fileName":"%s"}' % name

    def _get_log(self, payload: dict, message_id: str) -> str:
        log = payload["log"]
        location = log.get("remoteLocation")
        is_security = payload["logType"] == "SecurityLog"
        if not isinstance(location, str) or (is_security and self._security is None):
            return '{"status":"Rejected"}'
        canceled = len(self._request) > 0
        window = (log.get("oldestTimestamp"), log.get("latestTimestamp"))
        name = self._accept(payload, location, window, is_security, payload["requestId"])
        return '{"status":"%s","filename":"%s"}' % ("AcceptedCanceled" if canceled else "Accepted", name)

    def _accept(self, payload: dict, location: str, window: tuple, is_security: bool, request_id) -> str:
        """Begin with an upload in place of the one that goes on; return the name of the file."""
        self._close()
        now = self._cp.now
        retries = payload.get("retries")
        interval_s = payload.get("retryInterval")
        oldest_s = parse(window[0]) if window[0] else 0
        latest_s = parse(window[1]) if window[1] else 0
        name = "%s-%s.txt" % ("security" if is_security else "diagnostics", _digits(now.unix_s))
        self._request = {
            "location": location,
            "name": name,
            "window": (max(0, oldest_s), latest_s if latest_s > 0 else 0x7FFFFFFFFF),
            "security": is_security,
            "id": request_id,
            "attempts": min(max(1, retries), _ATTEMPTS_MAX) if retries is not None else _ATTEMPTS,
            "interval_s": max(0, interval_s) if interval_s is not None else _INTERVAL_S,
            "status": "",
            "method": "PUT",
        }
        self._retry_s = 0
        return name

    def _send(self) -> None:
        request, now = self._request, self._cp.now
        if self._transfer is None:
            if now.up_s < self._retry_s or not self._files.may_begin(request["location"]):
                return
            self._begin()
            return
        state = self._transfer.step(now.ms, False)
        if state == 0:
            return
        status = self._transfer.status
        self._close()
        if state == _TRANSFER_DONE:
            self._end(_UPLOADED)
        else:
            self._try_again(status)

    def _begin(self) -> None:
        request = self._request
        if not request["status"]:
            request["status"] = _UPLOADING
            self._tell(_UPLOADING)
        # Twice, because all of it would take much memory at once.
        size = 0
        for piece in self._content(request):
            size += len(piece.encode())
        pieces = _exactly(self._content(request), size)
        try:
            self._transfer = self._files.upload(
                request["location"], request["name"], size, pieces, request["method"]
            )
        except ValueError:
            request["attempts"] = 1
            self._try_again(501)
        except OSError:
            self._try_again(0)

    def _try_again(self, status: int) -> None:
        request = self._request
        if status == _NOT_ALLOWED and request["method"] == "PUT":
            # Some take files only in this way.
            request["method"] = "POST"
            return
        request["attempts"] -= 1
        if request["attempts"] > 0:
            self._retry_s = self._cp.now.up_s + request["interval_s"]
            return
        if request["id"] is None:
            self._end("UploadFailed")
            return
        for code, reason in _REASONS:
            if code == status:
                self._end(reason)
                return
        self._end("UploadFailure")

    def _end(self, status: str) -> None:
        self._tell(status)
        self._request = {}

    def _close(self) -> None:
        if self._transfer is not None:
            self._transfer.close()
            self._transfer = None

    def _tell(self, status: str) -> None:
        request_id = self._request["id"]
        action = "DiagnosticsStatusNotification" if request_id is None else "LogStatusNotification"
        self._untold.append((action, _payload(status, request_id)))

    def _report(self):
        uploads = self._request.get("status") and self._request["id"] is None
        return _payload(_UPLOADING if uploads else "Idle", None)

    def _log_report(self):
        request_id = self._request.get("id")
        if request_id is None or not self._request["status"]:
            return _payload("Idle", None)
        return _payload(_UPLOADING, request_id)

    def _content(self, request: dict):
        """Yield the file line by line."""
        oldest_s, latest_s = request["window"]
        if request["security"]:
            first, end = self._security.places()  # pyright: ignore[reportOptionalMemberAccess]
            lines = self._security.lines(first, end)  # pyright: ignore[reportOptionalMemberAccess]
        else:
            yield from self._head()
            lines = self._lines()
        for unix_s, text in lines:
            if not unix_s or oldest_s <= unix_s <= latest_s:
                yield "%s %s\n" % (time_text(unix_s) if unix_s else "-", text)

    def _head(self):
        cp = self._cp
        identity = cp.station.identity
        for name in sorted(identity):
            yield "%s: %s\n" % (name, identity[name])
        yield "uptime: %d s\n" % cp.now.up_s
        for connector in cp.connectors:
            yield "connector %d: %s\n" % (connector.number, connector.status)
        for name, _, text in cp.config.entries():
            # Passwords have no text here.
            if text is not None:
                yield "%s = %s\n" % (name, without_password(text))


def _exactly(pieces, size: int):
    """Yield so many bytes of pieces that may have become more or less since they were counted."""
    for piece in pieces:
        count = len(piece.encode())
        if count > size:
            break
        size -= count
        yield piece
    yield "\n" * size


def without_password(text: str) -> str:
    """Return a text without the user and password of an address in it."""
    begin = text.find("://")
    end = text.find("@", begin)
    if begin < 0 or end < 0 or "/" in text[begin + 3 : end]:
        return text
    return text[: begin + 3] + text[end + 1 :]


def _digits(unix_s: int) -> str:
    """Return a time as part of the name of a file."""
    return "".join([character for character in time_text(unix_s) if character.isdigit()])


def _payload(status: str, request_id) -> str:
    return '{"status":"%s"%s}' % (status, "" if request_id is None else ',"requestId":%d' % request_id)
