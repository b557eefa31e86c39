"""The authorisation cache (OCPP 1.6 section 3.5.1): what the central system last said of each identifier.

In a `TagFile`, so it outlives a restart. What is new waits in RAM until it may be written, one identifier per step. A
full cache drops those that are not valid first, then those that were written longest ago; an identifier that is still
used is written anew when it has become old.
"""

from micropython import const

from . import tag_records as tr

# More cards than this do not come while a contactor is closed; the cache may forget.
_MOST_WAITING = const(16)


class AuthCache:
    """Up to `capacity` identifiers in `file`; `config` is a `Configuration`."""

    def __init__(self, config, file, capacity: int = 200) -> None:
        self._config = config
        self._file = file
        self._capacity = capacity
        self._waiting: "dict[bytes, tr.Tag]" = {}

    @property
    def enabled(self) -> bool:
        """Tell whether the cache is used."""
        return self._config.get("AuthorizationCacheEnabled")

    @property
    def count(self) -> int:
        """The number of identifiers that are written."""
        return self._file.count

    def find(self, id_tag: str, unix_s: int) -> "tr.Tag | None":
        """Return what is known of an identifier; one whose time is over becomes Expired; OSError: cannot be read."""
        key = tr.key_of(id_tag)
        if key is None or not self.enabled:
            return None
        tag = self._known(key)
        if tag is not None and tag.status == tr.ACCEPTED and 0 < tag.expiry_s <= unix_s:
            tag = tr.Tag(key, tr.EXPIRED, tag.parent, tag.expiry_s)
            self._wait(tag)
        return tag

    def note(self, tag: "tr.Tag") -> None:
        """Take what the central system says of an identifier."""
        if not self.enabled:
            return
        known = self._known(tag.key)
        if known is None or not known.is_as(tag):
            self._wait(tag)
        elif self._file.count * 2 > self._capacity and tag.key not in self._waiting:
            if self._file.is_old(tag.key):
                self._wait(tag)

    def clear(self) -> bool:
        """Forget everything; False when that cannot be written now."""
        try:
            self._file.begin()
            self._file.confirm(0, True)
        except OSError:
            self._file.abort()
            return False
        self._waiting = {}
        return True

    @property
    def idle(self) -> bool:
        """Tell whether the file has everything."""
        return not self._waiting and self._file.idle

    def step(self) -> None:
        """Write one identifier that waits, or go on with what the file has to do."""
        if not self._waiting or not self._file.may_write():
            self._file.step()
            return
        tag = self._waiting.popitem()[1]
        try:
            self._write(tag)
        except OSError:
            # It is only a cache: what cannot be written is forgotten.
            self._file.abort()

    def _known(self, key: bytes) -> "tr.Tag | None":
        tag = self._waiting.get(key)
        return tag if tag is not None else self._file.find(key)

    def _wait(self, tag: "tr.Tag") -> None:
        if tag.key not in self._waiting and len(self._waiting) >= _MOST_WAITING:
            self._waiting.popitem()
        self._waiting[tag.key] = tag

    def _write(self, tag: "tr.Tag") -> None:
        file = self._file
        file.begin()
        file.add(tag)
        if file.count_after(False) > self._capacity:
            victim = file.oldest(True)
            if victim is not None:
                file.remove(victim.key)
        file.confirm(1)
