"""A charge point with certificates in memory, and changes of its security."""

import ocpp_certificates as made
from ocpp_files_bench import FilesRig
from ocpp_local_bench import MemoryStore
from ocpp_world import PowerCut

from ocpp16.certificate_store import CertificateStore
from ocpp16.certificates import Certificates
from ocpp16.pem import PemReader
from ocpp16.security import Security

OK = {"status": "Accepted"}
REJECTED = {"status": "Rejected"}
CENTRAL = "CentralSystemRootCertificate"
MAKER = "ManufacturerRootCertificate"
URL = "https://files.example/station.bin"
SERIAL = "SN-0001"
# As ocpp_ca has them.
RANDOM = bytes(range(100, 140))


class MemoryVault:
    """Files in memory; the write or removal that `cut_in` counts down to does not happen, or does as the last one."""

    def __init__(self) -> None:
        self.files: dict = {}
        self.cut_in = -1
        self.cut_after = False
        self.full = False
        self.writable = True

    def may_write(self) -> bool:
        return self.writable

    def names(self) -> list:
        return sorted(self.files)

    def read(self, name: str) -> bytes:
        return self.files.get(name, b"")

    def write(self, name: str, data: bytes) -> None:
        if self.full:
            raise OSError(28)
        self._change(name, data)

    def remove(self, name: str) -> None:
        self._change(name, None)

    def _change(self, name: str, data) -> None:
        if not self.writable:
            raise OSError(16)
        self.cut_in -= 1
        if self.cut_in == 0 and not self.cut_after:
            raise PowerCut
        if data is None:
            self.files.pop(name, None)
        else:
            self.files[name] = data
        if self.cut_in == 0:
            raise PowerCut


class SecureRig(FilesRig):
    """With certificates in memory and `security_store` for changes of the profile; `fixed` are keys of the station."""

    def __init__(self, **values) -> None:
        self.vault = MemoryVault()
        self.security_store = MemoryStore()
        FilesRig.__init__(self, self._certificates, **values)

    def _certificates(self, rig):
        self.store = CertificateStore(self.vault)
        return Certificates(rig.cp, self.store, lambda count: RANDOM[:count], SERIAL)

    def boot(self) -> None:
        FilesRig.boot(self)
        self.config.can_secure = lambda profile: self.store.can_secure(profile, self.unix_s)
        self.changes = Security(self.cp, self.security_store)
        self.config.on_change = self.changes.changed

    def step(self) -> None:
        FilesRig.step(self)
        while self.certificates.work():
            pass
        self.certificates.step()
        self.changes.step()

    def install(self, pem: str, kind: str = CENTRAL):
        return self.finish("InstallCertificate", certificateType=kind, certificate=pem)

    def finish(self, action: str, **payload):
        """Send a CALL whose answer takes a moment; return it."""
        message_id = self.central.ask_later(action, payload)
        while self.cp.pending.working:
            self.cp.pending.work()
            self.settle()
        return self.central.result(message_id)

    def change(self, name: str, value: str):
        return self.central.ask("ChangeConfiguration", key=name, value=value)

    def signed(self, request_id=3, certificate=made.SIGNER, signature=made.PSS, **firmware):
        fields = {
            "location": URL,
            "retrieveDateTime": self.time_text(),
            "signingCertificate": certificate,
            "signature": signature,
        }
        fields.update(firmware)
        return self.finish("SignedUpdateFirmware", requestId=request_id, firmware=fields)

    def logged(self) -> list:
        return [text for _, text in self.security.lines(0, 9999)]


def online(**values) -> SecureRig:
    rig = SecureRig(**values)
    rig.online()
    return rig


def trusting() -> SecureRig:
    """A charge point that trusts the maker of its firmware, and has told so."""
    rig = online()
    assert rig.install(made.MAKER, MAKER) == OK
    return rig


def der_of(pem: str) -> bytes:
    """Return the first certificate of a text in DER."""
    reader = PemReader(20000)
    reader.feed(pem.encode())
    return reader.end()[0]
