"""Messages about certificates: roots, and the charge point's own one (whitepaper A02, A03, M03 to M05).

Checks take long, so the answers come later: they are generators in `Pending.working`.
"""

import binascii

from micropython import const

from . import chain, csr, p256
from .certificate_store import CENTRAL, MAKER
from .certificate_stream import CertificateStream
from .x509 import COMMON_NAME, Certificate

_CENTRAL = "CentralSystemRootCertificate"
_ACCEPTED = '{"status":"Accepted"}'
_REJECTED = '{"status":"Rejected"}'
_FAILED = '{"status":"Failed"}'
_NOT_FOUND = '{"status":"NotFound"}'
_CHAIN_MAX = const(4)
_DAY_S = const(86400)
# So long before its end a new certificate is asked for (A03.FR.02).
_RENEW_S = const(30 * 86400)
_SIGN = "SignCertificate"
_EVENT = "ReconfigurationOfSecurityParameters"


class Certificates:
    """Handles the messages of a ChargePoint; `store` is a CertificateStore, `random_bytes(count)` gives true random.

    `serial` is the serial number, which a certificate of this charge point has as its name (A00.FR.511).
    """

    def __init__(self, cp, store, random_bytes, serial: str) -> None:
        self._cp = cp
        self.store = store
        self._random = random_bytes
        self._serial = serial
        self._task = None
        self._is_wanted = False
        self._renew_s = 0
        # Set when there is a new certificate of its own, with which the connection is to be made anew.
        self.changed = False
        # Set when there are other roots, which the next connection is to be checked with.
        self.roots_changed = False
        cp.handlers["InstallCertificate"] = self._install
        cp.handlers["DeleteCertificate"] = self._delete
        cp.handlers["GetInstalledCertificateIds"] = self._list
        cp.handlers["CertificateSigned"] = self._signed
        for action in ("InstallCertificate", "CertificateSigned", "SignedUpdateFirmware"):
            cp.streams[action] = CertificateStream
        cp.reports[_SIGN] = self.renew

    @property
    def busy(self) -> bool:
        """Tell whether a request is being made."""
        return self._task is not None or self._is_wanted

    # Of firmware updates.

    def signs_firmware(self) -> bool:
        """Tell whether there is a root that firmware must be signed under."""
        return len(self.store.names(MAKER)) > 0

    def check_signer(self, ders):
        """Return "" when firmware may be signed by the first of some certificates, else why not; a generator."""
        found, reason = yield from _parsed(ders)
        if not reason:
            reason = yield from chain.check(found, self.store.all(MAKER), self._cp.now.unix_s)
        return reason

    def signer_key(self, ders: list) -> str:
        """Return the key of a certificate as `check_signature` takes it."""
        return "%x,%x" % Certificate(ders[0]).key

    def check_signature(self, key: str, digest: bytes, signature: str):
        """Return whether a signature in base64 is one of a digest by a key; a generator."""
        first, _, second = key.partition(",")
        found = yield from chain.verify(
            (int(first, 16), int(second, 16)), digest, binascii.a2b_base64(signature.encode())
        )
        return found

    # Of the charge point.

    def step(self) -> None:
        """Ask for a new certificate in good time before the old one ends; called after the ChargePoint's."""
        now = self._cp.now
        if self._is_wanted and self._task is None and self.store.may_write():
            self._is_wanted = False
            self._task = self._ask()
        if not now.unix_s or now.up_s < self._renew_s or not self._cp.is_online():
            return
        self._renew_s = now.up_s + _DAY_S
        own = self.store.client(0)[0]
        if own is not None and own.not_after - now.unix_s < _RENEW_S:
            self.renew()

    def work(self) -> bool:
        """Go on with a request for a certificate for a moment; True while there is more to do."""
        if self._task is None:
            return False
        try:
            next(self._task)
            return True
        except (StopIteration, OSError):
            # Without a place for its key there is no use in a certificate.
            self._task = None
        return False

    def renew(self) -> None:
        """Make a key as soon as it can be kept, and ask for its certificate when that is done."""
        self._is_wanted = True

    def _ask(self):
        secret = csr.random_number(self._random)
        organization = self._cp.config.get("CpoName")
        text = yield from csr.request(secret, self._random, organization, self._serial)
        self.store.keep_secret(secret)
        self._cp.notices.post(_SIGN, '{"csr":"%s"}' % text.replace("\n", "\\n"))

    def _install(self, payload: dict, message_id: str) -> None:
        letter = CENTRAL if payload["certificateType"] == _CENTRAL else MAKER
        self._later(message_id, self._installed(letter, payload.get("certificates")))

    def _installed(self, letter: str, ders):
        store = self.store
        found, reason = yield from _parsed(ders)
        # The new one replaces the old one, which has to vouch for it (M05.FR.09).
        replaces = (
            letter == CENTRAL
            and self._cp.config.get("AdditionalRootCertificateCheck")
            and len(store.names(CENTRAL)) > 0
        )
        if not reason:
            reason = yield from self._judge(found[0], store.all(CENTRAL)[-1] if replaces else found[0])
        if reason:
            yield _REJECTED
        elif store.has(letter, found[0].data):
            yield _ACCEPTED
        else:
            count = len(store.names(CENTRAL)) + len(store.names(MAKER))
            if not replaces and count >= self._cp.config.get("CertificateStoreMaxLength"):
                yield _REJECTED
                return
            try:
                if replaces:
                    store.replace(found[0].data)
                else:
                    store.add(letter, found[0].data)
            except OSError:
                yield _FAILED
                return
            self.roots_changed = True
            self._cp.notices.security_event(_EVENT, "root certificate")
            yield _ACCEPTED

    def _judge(self, new, issuer):
        """Return why a root is not to be trusted, "" when it may be; `issuer` vouches for it, maybe itself."""
        if not new.is_ca or not new.can_sign or not new.is_valid_at(self._cp.now.unix_s):
            return "is no valid root"
        if issuer is not new and issuer.data == new.data:
            return ""
        if new.issuer != issuer.subject:
            return "is signed by another one"
        good = yield from chain.is_signed_by(new, issuer)
        return "" if good else "has a wrong signature"

    def _delete(self, payload: dict, message_id: str) -> None:
        self._later(message_id, self._deleted(payload["certificateHashData"]))

    def _deleted(self, wanted: dict):
        asked = []
        for name in ("issuerNameHash", "issuerKeyHash", "serialNumber"):
            text = wanted.get(name)
            if not isinstance(text, str):
                yield _FAILED
                return
            asked.append(text.lower())
        asked[2] = asked[2].lstrip("0") or "0"
        for letter in (CENTRAL, MAKER):
            for name in self.store.names(letter):
                one = self.store.parse(name)
                if one is None or wanted.get("hashAlgorithm") != "SHA256":
                    continue
                yield
                if [text.lower() for text in one.hashes(one.key_bits)] == asked:
                    yield self._removed(letter, name)
                    return
        yield _NOT_FOUND

    def _removed(self, letter: str, name: str) -> str:
        # The last root that connections are checked with is in use (M04.FR.06).
        is_last = letter == CENTRAL and len(self.store.names(CENTRAL)) == 1
        if is_last and self._cp.config.get("SecurityProfile") > 1:
            return _FAILED
        try:
            if not self.store.remove(name):
                return _FAILED
        except OSError:
            return _FAILED
        self.roots_changed = True
        self._cp.notices.security_event(_EVENT, "root certificate deleted")
        return _ACCEPTED

    def _list(self, payload: dict, message_id: str) -> None:
        self._later(message_id, self._listed(CENTRAL if payload["certificateType"] == _CENTRAL else MAKER))

    def _listed(self, letter: str):
        begin = '{"status":"Accepted","certificateHashData":['
        for name in self.store.names(letter):
            one = self.store.parse(name)
            if one is not None:
                hashes = one.hashes(one.key_bits)
                yield (
                    begin
                    + '{"hashAlgorithm":"SHA256","issuerNameHash":"%s","issuerKeyHash":"%s","serialNumber":"%s"}'
                    % hashes
                )
                begin = ","
        yield "]}" if begin == "," else _NOT_FOUND

    def _signed(self, payload: dict, message_id: str) -> None:
        self._later(message_id, self._take_signed(payload.get("certificates")))

    def _take_signed(self, ders):
        found, reason = yield from _parsed(ders)
        if not reason:
            reason = yield from self._judge_own(found)
        if not reason:
            try:
                self.store.keep_client(found[0].data)
            except OSError:
                # It is good; another one like it may come when there is a place for it.
                self.renew()
                yield _REJECTED
                return
        if reason:
            self._cp.notices.security_event("InvalidChargePointCertificate", reason)
            yield _REJECTED
        else:
            self.changed = True
            yield _ACCEPTED

    def _judge_own(self, found: list):
        """Return why a certificate is not one of this charge point, "" when it is (A02.FR.06)."""
        secret = self.store.secret()
        if not secret:
            return "was not asked for"
        point = yield from p256.public_key(secret)
        if found[0].key != point:
            return "is for another key"
        if found[0].name(COMMON_NAME) != self._serial:
            return "is for another name"
        # One for later waits for its time (A02.FR.08).
        at_s = max(self._cp.now.unix_s, found[0].not_before)
        reason = yield from chain.check(found, self.store.all(CENTRAL), at_s)
        return reason

    def _later(self, message_id: str, answer) -> None:
        self._cp.pending.working.append((message_id, answer, []))


def _parsed(ders):
    """Return certificates and why they cannot be used; a generator that yields after each of them."""
    if not ders:
        return [], "is no certificate in PEM"
    if len(ders) > _CHAIN_MAX:
        return [], "has too many certificates"
    found = []
    for data in ders:
        try:
            found.append(Certificate(data))
        except ValueError as error:
            return [], str(error)
        yield
    return found, ""
