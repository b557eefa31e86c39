"""The local authorisation list (OCPP 1.6 sections 3.5.2, 5.10, 5.15): a `TagFile` with the rules of its versions.

A SendLocalList is taken entry by entry, from a payload that was parsed or from the stream, and counts at its end, all
of it or nothing. The list is never changed by anything else.
"""

from . import tag_records as tr


class LocalList:
    """The list in `file`, a `TagFile`; `config` is a `Configuration`."""

    def __init__(self, config, file) -> None:
        self._config = config
        self.file = file
        self._update = None

    @property
    def enabled(self) -> bool:
        """Tell whether the list is used."""
        return self._config.get("LocalAuthListEnabled")

    @property
    def version(self) -> int:
        """The listVersion of GetLocalListVersion.conf: -1 without a list, 0 for an empty one."""
        if not self.enabled:
            return -1
        return self.file.version if self.file.count else 0

    @property
    def idle(self) -> bool:
        """Tell whether no change is under way."""
        return self._update is None and self.file.idle

    def find(self, id_tag: str) -> "tr.Tag | None":
        """Return what the list says of an identifier; OSError when it cannot be read."""
        key = tr.key_of(id_tag)
        return self.file.find(key) if key is not None and self.enabled else None

    def send(self, payload: dict) -> str:
        """Carry out a SendLocalList.req, parsed or from `stream`; return the status of its answer, or CallError."""
        from .local_list_update import finished

        try:
            return finished(self, payload)
        finally:
            self.abort()

    def stream(self):
        """Return the stream handler of a SendLocalList.req; what its `end` returns is for `send`."""
        from .local_list_stream import ListStream

        return ListStream(self)

    def begin(self):
        """Begin an `Update`; one that was not finished is dropped."""
        # Late, because lists are sent seldom.
        from .local_list_update import Update

        self.abort()
        self._update = Update(self.file, self.version, self._config)
        return self._update

    def abort(self) -> None:
        """Drop an update that is not finished, such as when the connection is lost."""
        update = self._update
        self._update = None
        if update is not None:
            update.abort()

    def step(self) -> None:
        """Go on with what the file has to do, a little at a time."""
        self.file.step()
