"""Whether an identifier may charge, as far as that is known here (OCPP 1.6 sections 3.5, 3.10, 4.1).

The local list counts before the cache. Online, what they know is used only with LocalPreAuthorize; offline, with
LocalAuthorizeOffline. An identifier that one of them knows as blocked, invalid or expired never charges offline, not
even with AllowOfflineTxForUnknownId. What has an expiry is not valid while nobody knows the time.
"""

from . import tag_records as tr
from .times import parse

ACCEPT = "accept"
REFUSE = "refuse"
# Only the central system can tell.
ASK = "ask"


class Authorization:
    """`config` is a `Configuration`, `local_list` a `LocalList`, `cache` an `AuthCache` or None.

    `status` says after `decide` why it refused, in the words of AuthorizationStatus; empty for an unknown identifier.
    """

    def __init__(self, config, local_list, cache) -> None:
        self._config = config
        self._list = local_list
        self._cache = cache
        self.status = ""

    def decide(self, id_tag: str, unix_s: int, online: bool) -> tuple:
        """Return (ACCEPT, REFUSE or ASK, parent); `unix_s` is 0 or less while nobody knows the time."""
        config = self._config
        self.status = ""
        try:
            tag = self._known(id_tag, unix_s)
        except OSError:
            # What cannot be read may say that this identifier is blocked.
            return ASK if online else REFUSE, ""
        if tag is None:
            if online:
                return ASK, ""
            return ACCEPT if config.get("AllowOfflineTxForUnknownId") else REFUSE, ""
        valid = _is_valid(tag, unix_s)
        if not valid:
            status = tag.status if tag.status != tr.ACCEPTED else tr.EXPIRED
            self.status = tr.STATUSES[status]
        if online:
            if not config.get("LocalPreAuthorize"):
                return ASK, tag.parent
            if valid:
                return ACCEPT, tag.parent
            # The list is the word of the central system; the cache, and a time that is over, may be out of date.
            return REFUSE if self._is_listed(id_tag) and tag.status != tr.ACCEPTED else ASK, tag.parent
        if valid and (config.get("LocalAuthorizeOffline") or config.get("AllowOfflineTxForUnknownId")):
            return ACCEPT, tag.parent
        return REFUSE, tag.parent

    def parent_of(self, id_tag: str, unix_s: int) -> str:
        """Return the parent of an identifier as far as it is known, else empty."""
        try:
            tag = self._known(id_tag, unix_s)
        except OSError:
            return ""
        return tag.parent if tag is not None else ""

    def learn(self, id_tag: str, info, unix_s: int = 0) -> bool:
        """Take an idTagInfo of the central system into the cache, unless the list has the identifier.

        Return True when the list says otherwise now, which is a LocalListConflict (section 3.5.2).
        """
        key = tr.key_of(id_tag)
        if key is None or not isinstance(info, dict) or info.get("status") not in tr.STATUSES:
            return False
        expiry_s = parse(info.get("expiryDate"))
        parent = tr.key_of(info.get("parentIdTag")) or b""
        tag = tr.Tag(key, tr.STATUSES.index(info["status"]), parent.decode(), max(0, expiry_s))
        try:
            listed = self._list.find(id_tag)
            if listed is not None:
                return (_is_valid(listed, unix_s) if unix_s > 0 else _is_good(listed)) != _is_good(tag)
            if self._cache is not None:
                self._cache.note(tag)
        except OSError:
            pass
        return False

    def clear_cache(self) -> str:
        """Carry out a ClearCache and return its status; without a cache it is Rejected (errata 3.23)."""
        return "Accepted" if self._cache is not None and self._cache.clear() else "Rejected"

    @property
    def idle(self) -> bool:
        """Tell whether the files have everything."""
        return self._list.idle and (self._cache is None or self._cache.idle)

    def step(self) -> None:
        """Go on with what the files have to do, a little at a time."""
        self._list.step()
        if self._cache is not None:
            self._cache.step()

    def _is_listed(self, id_tag: str) -> bool:
        return self._list.find(id_tag) is not None

    def _known(self, id_tag: str, unix_s: int) -> "tr.Tag | None":
        tag = self._list.find(id_tag)
        if tag is not None:
            return tag
        tag = self._cache.find(id_tag, unix_s) if self._cache is not None else None
        if tag is not None and tag.status == tr.CONCURRENT:
            # Of a transaction that was: it says nothing of the next one, but not that it may begin.
            return tr.Tag(tag.key, tr.INVALID, tag.parent)
        return tag


def same_group(id_tag: str, parent: str, other: str, other_parent: str) -> bool:
    """Tell whether an identifier may stop what another one began: the same one, or one with the same parent."""
    if id_tag.upper() == other.upper():
        return True
    return parent != "" and parent.upper() == other_parent.upper()


def _is_good(tag: "tr.Tag") -> bool:
    """Tell whether an identifier may charge at all; one that charges elsewhere may (section 3.5.2)."""
    return tag.status in (tr.ACCEPTED, tr.CONCURRENT)


def _is_valid(tag: "tr.Tag", unix_s: int) -> bool:
    """Tell whether an identifier may charge now; one whose time may be over may not."""
    return _is_good(tag) and (tag.expiry_s == 0 or 0 < unix_s < tag.expiry_s)
