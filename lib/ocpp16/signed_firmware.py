"""Firmware updates that are signed (security whitepaper, edition 3, L01): who may, and whether they are."""

from .firmware import IDLE, status_payload
from .rpc import CallError
from .times import parse

_INSTALLED = "Installed"
_STATUS = "SignedFirmwareStatusNotification"


class SignedFirmware:
    """Joins a Firmware and Certificates of a ChargePoint."""

    def __init__(self, cp, firmware, certificates) -> None:
        self._cp = cp
        self._firmware = firmware
        self._certificates = certificates
        firmware.signed = self
        cp.handlers["SignedUpdateFirmware"] = self._asked
        cp.reports[_STATUS] = self._report

    def is_required(self) -> bool:
        """Tell whether firmware must be signed."""
        return self._certificates.signs_firmware()

    def verify(self, key: str, digest: bytes, signature: str):
        """Return whether a signature in base64 is one of a digest; a generator, ValueError when it is no base64."""
        return self._certificates.check_signature(key, digest, signature)

    def _asked(self, payload: dict, message_id: str) -> None:
        firmware = payload["firmware"]
        for name in ("location", "retrieveDateTime", "signature"):
            if not isinstance(firmware.get(name), str):
                raise CallError("ProtocolError", name + " is missing")
        retrieve_s = parse(firmware["retrieveDateTime"])
        install_s = parse(firmware["installDateTime"]) if firmware.get("installDateTime") else 0
        if retrieve_s < 0 or install_s < 0:
            raise CallError("PropertyConstraintViolation", "no date-time")
        self._cp.pending.working.append((message_id, self._judge(payload, retrieve_s, install_s), []))

    def _judge(self, payload: dict, retrieve_s: int, install_s: int):
        """Check the certificate of who signed it, then begin; yields the answer at the end (L01.FR.23 to 27)."""
        ders = payload.get("certificates")
        reason = yield from self._certificates.check_signer(ders)
        if reason:
            self._cp.notices.security_event("InvalidFirmwareSigningCertificate", reason)
            yield '{"status":"InvalidCertificate"}'
            return
        update = self._firmware
        went_on = update.goes_on
        if not update.cancel():
            yield '{"status":"Rejected"}'
            return
        key = self._certificates.signer_key(ders)
        firmware = payload["firmware"]
        update.accept(
            payload,
            firmware["location"],
            retrieve_s,
            install_s,
            payload["requestId"],
            key,
            firmware["signature"],
        )
        yield '{"status":"%s"}' % ("AcceptedCanceled" if went_on else "Accepted")

    def _report(self) -> str:
        status, request_id = self._firmware.last
        if request_id is None or status == _INSTALLED:
            return status_payload(IDLE, None)
        return status_payload(status, request_id)
