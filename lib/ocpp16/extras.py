"""Parts of a charge point that are rarely needed: imported for the first message for them, and gone when it is done.

firmware, diagnostics, certificates     as the modules of these names; firmware takes the certificates along
"""

from micropython import const

from .late import at_once, forget

# Messages, and the part that each needs.
_ACTIONS = (
    "UpdateFirmware firmware\nSignedUpdateFirmware firmware\nFirmwareStatusNotification firmware\n"
    "SignedFirmwareStatusNotification firmware\nGetDiagnostics diagnostics\nGetLog diagnostics\n"
    "DiagnosticsStatusNotification diagnostics\nLogStatusNotification diagnostics\n"
    "InstallCertificate certificates\nDeleteCertificate certificates\nGetInstalledCertificateIds certificates\n"
    "CertificateSigned certificates\nSignCertificate certificates\n"
)
# What each of them imports alone, in the order to load it.
_FIRMWARE = "ocpp16.firmware"
_SIGNED = "ocpp16.signed_firmware"
_DIAGNOSTICS = "ocpp16.diagnostics"
_CERTIFICATES = (
    "ocpp16.der ocpp16.x509 ocpp16.rsa ocpp16.p256 ocpp16.chain ocpp16.pem ocpp16.csr ocpp16.certificate_stream "
    "ocpp16.certificate_store ocpp16.certificates"
)
_KEEP_S = const(60)
# A certificate of its own is looked at so often.
_DAY_S = const(86400)


class Extras:
    """What the parts need is made when they are loaded, by functions that are attributes of `means`:

    `files()`, `installer()`, `firmware_store()`, `certificate_store()`, and `lines`, `random_bytes` and `serial` as the
    parts have them. Where `certificate_store` is None there are no certificates. `load(names)` imports modules.
    """

    def __init__(self, cp, means, load=at_once) -> None:
        self._cp = cp
        self._means = means
        self._load = load
        self.firmware = None
        self.diagnostics = None
        self.certificates = None
        self._used_s = 0
        self._look_s = 0
        cp.extras = self
        if means.certificate_store is not None:
            cp.config.can_secure = self._can_secure
        if means.firmware_store().load()[1]:
            # An update from before a restart goes on.
            self.use("firmware")

    @property
    def idle(self) -> bool:
        """Tell whether none of the parts is there."""
        return self.firmware is None and self.diagnostics is None and self.certificates is None

    def need(self, action: str) -> None:
        """Load the part that registers itself at the ChargePoint for a message, if there is one."""
        at = _ACTIONS.find("\n" + action + " ") + 1
        if at > 0 or _ACTIONS.startswith(action + " "):
            part = _ACTIONS[_ACTIONS.find(" ", at) + 1 : _ACTIONS.find("\n", at)]
            # Statuses only say something while a part is there.
            if part != "certificates" or self._means.certificate_store is not None:
                self.use(part)

    def use(self, part: str):
        """Return a part, which is loaded if it was not yet."""
        self._used_s = self._cp.now.up_s
        if part == "certificates":
            if self.certificates is None:
                self.certificates = self._make_certificates()
            return self.certificates
        if part == "diagnostics":
            if self.diagnostics is None:
                self.diagnostics = self._make_diagnostics()
            return self.diagnostics
        if self.firmware is None:
            self.firmware = self._make_firmware()
        return self.firmware

    def step(self) -> None:
        """Let the parts that are there do what is due; called after the ChargePoint's."""
        cp = self._cp
        up_s = cp.now.up_s
        busy = len(cp.pending.working) > 0
        for part in (self.certificates, self.firmware, self.diagnostics):
            if part is not None:
                part.step()
                busy = busy or part.busy
        if busy:
            self._used_s = up_s
        elif up_s - self._used_s > _KEEP_S:
            self._drop()
        if cp.now.unix_s and up_s >= self._look_s and self._means.certificate_store is not None:
            self._look_s = up_s + _DAY_S
            if self._means.certificate_store().client(0)[0] is not None:
                # Its step finds out whether a new one is to be asked for.
                self.use("certificates")

    def work(self) -> bool:
        """Go on with what takes long for a moment; True while there is more to do."""
        more = self.certificates is not None and self.certificates.work()
        if self.firmware is not None and self.firmware.work():
            more = True
        return more

    def _can_secure(self, profile: int) -> bool:
        return self._means.certificate_store().can_secure(profile, self._cp.now.unix_s)

    def _make_firmware(self):
        means = self._means
        self._load(_FIRMWARE)
        from .firmware import Firmware

        firmware = Firmware(self._cp, means.files(), means.installer(), means.firmware_store())
        if means.certificate_store is not None:
            certificates = self.use("certificates")
            self._load(_SIGNED)
            from .signed_firmware import SignedFirmware

            SignedFirmware(self._cp, firmware, certificates)
        return firmware

    def _make_diagnostics(self):
        self._load(_DIAGNOSTICS)
        from .diagnostics import Diagnostics

        return Diagnostics(self._cp, self._means.files(), self._means.lines, self._cp.security)

    def _make_certificates(self):
        means = self._means
        self._load(_CERTIFICATES)
        from .certificates import Certificates

        return Certificates(self._cp, means.certificate_store(), means.random_bytes, means.serial)

    def _drop(self) -> None:
        """Forget the parts and their modules."""
        if self.firmware is None and self.diagnostics is None and self.certificates is None:
            return
        cp = self._cp
        for entry in _ACTIONS.split("\n"):
            action = entry.partition(" ")[0]
            for table in (cp.handlers, cp.streams, cp.reports):
                table.pop(action, None)
        names = ""
        if self.firmware is not None:
            names += " " + _SIGNED + " " + _FIRMWARE
        if self.diagnostics is not None:
            names += " " + _DIAGNOSTICS
        if self.certificates is not None:
            names += " " + _CERTIFICATES
        self.firmware = self.diagnostics = self.certificates = None
        for name in names.split():
            forget(name)
        # Where `means` have them.
        forget("ocpp16.transfers")
        forget("http_get.transfer")
