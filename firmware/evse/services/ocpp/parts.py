"""What a back end rarely asks for, joined to a charge point: security, firmware, logs and certificates."""

import os

from micropython import const

from evse.log import log
from evse.services.ocpp.connect import has_ca_file, has_own_file, may_shake_hands, new_context, resolver
from evse.services.ocpp.space import MessageSpace
from ocpp16.extras import Extras
from ocpp16.security import Security
from ocpp16.security_log import SecurityLog
from sockets.stream import Stream

_SCHEMA = const(1)
# The security log: 64 events, and room for a quarter that goes.
_SEGMENTS = const(4)
_PER_SEGMENT = const(16)
# A back end that is chosen later does not mean that the station has started.
_START_S = const(60)
_WORK_STEPS = const(8)
_TRANSFERS = "http_get http_get.response http_get.transfer ocpp16.transfers"
# The profile that wants an authority and no certificate of its own.
_TLS = const(2)


class Parts:
    """Joined to the ChargePoint `cp`; also the `means` of its Extras. `folder` is where the files of OCPP are.

    `starts` says that this charge point does not go on from a rest.
    """

    def __init__(self, app, cp, folder: str, may_write, starts: bool) -> None:
        self._app = app
        self._cp = cp
        self._may_write = may_write
        self._root = app.board.storage.root + "/" + folder
        self._folder = folder
        # Whether the root before the newest one is trusted, because with that alone there was no connection.
        self.fallback = False
        self._authorities = app.authority_changes
        self.random_bytes = os.urandom
        self.serial = str(app.board.serial_number)
        self._space = MessageSpace(self._root + "/events", may_write, _SEGMENTS, _PER_SEGMENT)
        self._log = SecurityLog(cp, self._space)
        self._log.load()
        if starts and app.station.uptime_s < _START_S:
            self._log.event("StartupOfTheDevice")
        self.security = Security(cp, app.make_store(folder + "/security", _SCHEMA))
        cp.config.on_change = self.security.changed
        self.extras = Extras(cp, self, app.loader.load)
        self._has_certificates_for = cp.config.can_secure
        cp.config.can_secure = self._can_secure

    @property
    def idle(self) -> bool:
        """Tell whether all is told and written, and nothing is under way."""
        return self.extras.idle and self.security.idle and self._log.idle and not self._space.held

    def step(self, link) -> bool:
        """Do what is due; True when the connection `link` (None without one) is to be made anew."""
        self._log.step()
        self.extras.step()
        anew = self.security.due() and (link is None or link.is_outdated())
        if self.security.step(self._may_write()):
            log.write("ocpp: the new security profile does not work")
            anew = True
        self._space.step()
        certificates = self.extras.certificates
        if certificates is not None and certificates.changed:
            certificates.changed = False
            anew = True
        if link is not None and link.encrypted:
            if certificates is not None and certificates.roots_changed:
                certificates.roots_changed = False
                link.roots_changed = True
            anew = self._check_roots(link) or anew
        elif link is None and self._authorities != self._app.authority_changes:
            # With the file before none could be made.
            self._authorities = self._app.authority_changes
            anew = True
        return anew

    def _check_roots(self, link) -> bool:
        """Tell whether a connection is to be made anew with other roots (M05.FR.12, M05.FR.13)."""
        if link.client.connected:
            if link.proves and self._may_write():
                link.proves = False
                self.certificate_store().proven()
        elif link.roots_changed:
            return True
        elif link.proves and link.refused:
            self.fallback = True
            return True
        return link.has_other_authorities

    def work(self) -> bool:
        """Go on with what takes long for a moment; True while there is more to do."""
        for _ in range(_WORK_STEPS):
            if not self.extras.work():
                return False
        return True

    def flush(self) -> None:
        """Write what a restart would lose; the contactors are open."""
        for _ in range(_PER_SEGMENT):
            if self._space.held:
                self._space.step()
        self.security.step()

    def may_connect(self, secure: bool) -> bool:
        """Tell whether a connection may be made now."""
        return not secure or may_shake_hands(self._app)

    # What Extras asks for

    def files(self):
        """Return what carries firmware and logs."""
        self._app.loader.load(_TRANSFERS)
        from ocpp16.transfers import Transfers

        return Transfers(self._open_stream, self._may_write, self.may_connect, self._root + "/image")

    def installer(self):
        """Return what installs firmware."""
        self._app.loader.load(_TRANSFERS)
        from ocpp16.transfers import KeepingInstaller

        return KeepingInstaller(self._root + "/image")

    def firmware_store(self):
        """Return where the update that goes on is kept."""
        return self._app.make_store(self._folder + "/firmware", _SCHEMA)

    def certificate_store(self):
        """Return the certificates there are."""
        self._app.loader.load("ocpp16.vault ocpp16.certificate_store")
        from ocpp16.certificate_store import CertificateStore
        from ocpp16.vault import Vault

        vault = Vault(self._root + "/certificates", self._may_write)
        if vault.names():
            # It imports them when it looks at one.
            self._app.loader.load("ocpp16.der ocpp16.x509")
        return CertificateStore(vault)

    def lines(self):
        """Yield the log as (unix seconds or 0, text), oldest first."""
        for _, at_ms, text in log.since(0):
            now_s = self._app.board.clock.unix_s()
            yield now_s - (self._app.station.uptime_s - at_ms // 1000) if now_s else 0, text

    def _open_stream(self, secure: bool, host: str, port: int) -> Stream:
        context = new_context(self._app, True, self) if secure else None
        return Stream(host, port, context, resolver(self._app))

    def _can_secure(self, profile: int) -> bool:
        """Tell whether a security profile may be chosen; files of certificates are as good as those that came."""
        app = self._app
        if profile > _TLS and has_own_file(app):
            # What is left to be there is an authority.
            profile = _TLS
        by_file = profile == _TLS and has_ca_file(app)
        return by_file or (self._has_certificates_for is not None and self._has_certificates_for(profile))
