"""Changes of the password and of the security profile of a connection (security whitepaper, edition 3, A01 and A05).

After either the connection is made anew. A profile with which none can be made is given up for the one before, which
is kept in `store` (`load() -> (status, dict or None)`, `save(dict)`) until the new one has worked, over restarts too.
"""

from micropython import const

PROFILE = "SecurityProfile"
PASSWORD = "AuthorizationKey"
_BEFORE = "before"
# So long the new profile may fail; the central system may have to be told as well.
_PATIENCE_S = const(300)
# The answer to the change goes out first.
_ANSWER_S = const(2)


class Security:
    """`due()` tells when the connection has to be made anew; its owner calls `changed`, `connected` and `step`."""

    def __init__(self, cp, store) -> None:
        self._cp = cp
        self._store = store
        kept = (store.load()[1] or {}).get(_BEFORE, -1)
        # The profile before, -1 while there is nothing to prove.
        self._before = kept if isinstance(kept, int) and 0 <= kept < cp.config.get(PROFILE) else -1
        self._profile = cp.config.get(PROFILE)
        self._since_s = cp.now.up_s
        self._due_s = -1
        self._unsaved = False
        self._failed = ""

    @property
    def profile(self) -> int:
        """The profile to connect with."""
        return self._profile

    @property
    def proven(self) -> bool:
        """Tell whether the profile has worked."""
        return self._before < 0

    @property
    def idle(self) -> bool:
        """Tell whether nothing changes."""
        return self._before < 0 and self._due_s < 0 and not self._unsaved

    def changed(self, name: str) -> None:
        """Note that a configuration key has changed."""
        if name != PROFILE and name != PASSWORD:
            return
        self._cp.notices.security_event("ReconfigurationOfSecurityParameters", name)
        now_s = self._cp.now.up_s
        profile = self._cp.config.get(PROFILE)
        if profile > self._profile:
            if self._before < 0:
                self._keep(self._profile)
            self._since_s = now_s
        self._profile = profile
        self._due_s = now_s + _ANSWER_S

    def due(self) -> bool:
        """Tell, once, whether the connection is to be made anew now."""
        if self._due_s < 0 or self._cp.now.up_s < self._due_s:
            return False
        self._due_s = -1
        return True

    def connected(self) -> None:
        """Note that the central system has accepted a connection with this profile."""
        self._failed = ""
        if self._before >= 0 and self._due_s < 0:
            self._keep(-1)

    def failed(self, event: str, info: str = "") -> None:
        """Note the security event that stands for why there is no connection; it is logged once until there is one."""
        if event != self._failed:
            self._failed = event
            self._cp.notices.security_event(event, info)

    def step(self, may_write: bool = True) -> bool:
        """Go back to the profile before when the new one does not work; True when that has happened (A05.FR.08)."""
        cp = self._cp
        if self._unsaved and may_write:
            self._save()
        if self._before < 0 or cp.is_connected or cp.now.up_s - self._since_s < _PATIENCE_S:
            return False
        before = self._before
        self._profile = before
        # It is written as any other change of the configuration.
        cp.config.put(PROFILE, str(before))
        self._keep(-1)
        return True

    def url(self, text: str) -> str:
        """Return an address of the central system as the profile wants it: encrypted from profile 2 on."""
        if self._profile > 1 and text[:5].lower() == "ws://":
            return "wss://" + text[5:]
        return text

    def _keep(self, profile: int) -> None:
        self._before = profile
        self._unsaved = True

    def _save(self) -> None:
        self._unsaved = False
        try:
            self._store.save({_BEFORE: self._before} if self._before >= 0 else {})
        except OSError:
            # Then only a restart would not know of it.
            pass


def event_of(code: int) -> str:
    """Return the security event for why there is no connection, "" for none; `code` of sockets or websocket_client."""
    from sockets import errors as link
    from websocket_client import errors as websocket

    if code == websocket.WRONG_PASSWORD or code == websocket.FORBIDDEN:
        return "FailedToAuthenticateAtCentralSystem"
    if link.CERTIFICATE_EXPIRED <= code <= link.CERTIFICATE_UNKNOWN:
        return "InvalidCentralSystemCertificate"
    return "InvalidTLSVersion" if code == link.TLS_VERSION else ""
