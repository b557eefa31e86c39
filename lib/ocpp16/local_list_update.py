"""One SendLocalList.req (OCPP 1.6 sections 5.15, 6.41): its entries, and what becomes of them."""

from . import tag_records as tr
from .rpc import CallError
from .times import parse

ACCEPTED = "Accepted"
FAILED = "Failed"
NOT_SUPPORTED = "NotSupported"
VERSION_MISMATCH = "VersionMismatch"


def finished(local_list, payload: dict) -> str:
    """Carry out a payload, parsed or as the stream made it; return the status, or CallError when it is malformed."""
    update = payload.get("update")
    if not isinstance(update, Update):
        update = local_list.begin()
        for entry in payload.get("localAuthorizationList") or ():
            update.take(entry)
    return update.finish(payload["listVersion"], payload["updateType"] == "Full")


class Update:
    """The entries of one SendLocalList; nothing counts before `finish` says that it is accepted."""

    def __init__(self, file, version: int, config) -> None:
        self._file = file
        self._version = version
        self._most = config.get("LocalAuthListMaxLength")
        self._left = config.get("SendLocalListMaxLength")
        self._open = False
        self._failed = False
        self._removes = False

    def take(self, entry: dict) -> None:
        """Take one AuthorizationData; CallError when it is malformed."""
        key = tr.key_of(_text(entry, "idTag", True))
        if key is None:
            raise CallError("PropertyConstraintViolation", "idTag is none")
        info = entry.get("idTagInfo")
        if info is not None and not isinstance(info, dict):
            raise CallError("TypeConstraintViolation", "idTagInfo is no object")
        tag = None if info is None else _tag(key, info)
        self._left -= 1
        if self._left < 0 or self._version < 0:
            self._failed = True
        if self._failed:
            return
        try:
            if not self._open:
                self._file.begin()
                self._open = True
            if tag is None:
                self._removes = True
                fresh = self._file.remove(key)
            else:
                fresh = self._file.add(tag)
        except OSError:
            fresh = False
        # The same identifier twice is not allowed (section 6.41).
        self._failed = not fresh

    def finish(self, version: int, full: bool) -> str:
        """Return the status, after which all of it counts or nothing."""
        status = self._refusal(version, full)
        try:
            if not status:
                if not self._open:
                    self._file.begin()
                self._open = False
                self._file.confirm(version, full)
                return ACCEPTED
        except OSError:
            status = FAILED
        self.abort()
        return status

    def abort(self) -> None:
        """Leave the list as it was."""
        if self._open:
            self._open = False
            self._file.abort()

    def _refusal(self, version: int, full: bool) -> str:
        if self._version < 0:
            return NOT_SUPPORTED
        # 0 and -1 say something else in GetLocalListVersion.conf (errata 3.52).
        if version <= 0 or version > 0x7FFFFFFF:
            return FAILED
        if not full and version <= self._version:
            return VERSION_MISMATCH
        # In a full list every entry says something (section 7.1).
        if self._failed or (full and self._removes):
            return FAILED
        return FAILED if self._open and self._file.count_after(full) > self._most else ""


def _tag(key: bytes, info: dict) -> "tr.Tag":
    status = _text(info, "status", True)
    if status not in tr.STATUSES:
        raise CallError("PropertyConstraintViolation", "status has no such value")
    parent = _text(info, "parentIdTag", False)
    expiry = _text(info, "expiryDate", False)
    expiry_s = parse(expiry) if expiry else 0
    if expiry_s < 0:
        raise CallError("PropertyConstraintViolation", "expiryDate is no date-time")
    parent_key = tr.key_of(parent) if parent else b""
    if parent_key is None:
        raise CallError("PropertyConstraintViolation", "parentIdTag is none")
    return tr.Tag(key, tr.STATUSES.index(status), parent_key.decode(), expiry_s)


def _text(fields: dict, name: str, required: bool) -> str:
    value = fields.get(name)
    if value is None:
        if required:
            raise CallError("ProtocolError", name + " is missing")
        return ""
    if not isinstance(value, str) or (len(value) > 20 and name != "expiryDate"):
        raise CallError("TypeConstraintViolation", name + " is no string of this length")
    return value
