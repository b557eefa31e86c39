"""The certificates of a charge point, as files of a `vault` (see `vault.Vault`), all in DER:

    c0 ... c9   CentralSystemRootCertificate; `old` is the one before, with AdditionalRootCertificateCheck
    m0 ... m9   ManufacturerRootCertificate
    asked       the secret number of the key that a certificate was asked for
    client      the charge point's own, one file: secret number of 32 bytes, certificate; `before` its predecessor

Whoever makes connections needs this and no more of the certificates: `roots`, `client_pair` and `proven`.
"""

from micropython import const

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from .x509 import Certificate

CENTRAL = "c"
MAKER = "m"
_OLD = "old"
_ASKED = "asked"
_CLIENT = "client"
_BEFORE = "before"
_SECRET_BYTES = const(32)


class CertificateStore:
    """What is in `vault`; OSError when it cannot be written."""

    def __init__(self, vault) -> None:
        self._vault = vault
        self.may_write = vault.may_write

    def names(self, letter: str) -> list:
        """Return the names of the roots of the CENTRAL system or the MAKER."""
        return [name for name in self._vault.names() if len(name) == 2 and name[0] == letter]

    def roots(self, fallback: bool = True) -> list:
        """Return the trusted roots of the central system in DER; as `fallback` the one before is the last."""
        found = [self._vault.read(name) for name in self.names(CENTRAL)]
        old = self._vault.read(_OLD) if fallback else b""
        if old:
            found.append(old)
        return found

    def has_fallback(self) -> bool:
        """Tell whether there is a root before the newest one, which has still to be proven."""
        return _OLD in self._vault.names()

    def proven(self) -> None:
        """Note that a connection works with the newest root: the one before is not needed any more (M05.FR.12)."""
        if self._vault.read(_OLD) and self.may_write():
            self._vault.remove(_OLD)

    def client(self, unix_s: int) -> tuple:
        """Return (Certificate, secret number) of the newest own one that is valid, (None, 0) without; 0: whenever."""
        for name in (_CLIENT, _BEFORE):
            kept = self._vault.read(name)
            if not kept:
                continue
            from .x509 import Certificate

            try:
                own = Certificate(kept[_SECRET_BYTES:])
            except ValueError:
                continue
            if not unix_s or own.is_valid_at(unix_s):
                return own, int.from_bytes(kept[:_SECRET_BYTES], "big")
        return None, 0

    def client_pair(self, unix_s: int) -> tuple:
        """Return (certificate, key) in DER for TLS, (b"", b"") without one."""
        own, secret = self.client(unix_s)
        if own is None:
            return b"", b""
        from .csr import key_file

        return own.data, key_file(secret, own.key)

    def can_secure(self, profile: int, unix_s: int) -> bool:
        """Tell whether the certificates for a security profile are there (A05.FR.03, A05.FR.04)."""
        for name in self.names(CENTRAL):
            root = self.parse(name)
            if root is not None and (not unix_s or root.is_valid_at(unix_s)):
                return profile < 3 or self.client(unix_s)[0] is not None
        return False

    def parse(self, name: str) -> "Certificate | None":
        """Return a root, None when the file is damaged."""
        from .x509 import Certificate

        try:
            return Certificate(self._vault.read(name))
        except ValueError:
            return None

    def all(self, letter: str) -> list:
        """Return all roots of one kind."""
        found = [self.parse(name) for name in self.names(letter)]
        return [one for one in found if one is not None]

    def has(self, letter: str, data: bytes) -> bool:
        """Tell whether a root is there."""
        return data in [self._vault.read(name) for name in self.names(letter)]

    def add(self, letter: str, data: bytes) -> None:
        """Add a root."""
        names = self.names(letter)
        free = [name for name in [letter + str(digit) for digit in range(10)] if name not in names]
        self._vault.write(free[0], data)

    def replace(self, data: bytes) -> None:
        """Put a root of the central system in the place of the last one, which is kept as the one before."""
        name = self.names(CENTRAL)[-1]
        # In this order: at any moment there is one that works.
        self._vault.write(_OLD, self._vault.read(name))
        self._vault.write(name, data)

    def remove(self, name: str) -> bool:
        """Remove a root; True when it is gone."""
        self._vault.remove(name)
        return name not in self._vault.names()

    def keep_secret(self, secret: int) -> None:
        """Keep the key that a certificate is asked for."""
        self._vault.write(_ASKED, secret.to_bytes(_SECRET_BYTES, "big"))

    def secret(self) -> int:
        """Return the key that a certificate was asked for, 0 without one."""
        return int.from_bytes(self._vault.read(_ASKED), "big")

    def keep_client(self, data: bytes) -> None:
        """Keep the own certificate that was asked for, with its key."""
        before = self._vault.read(_CLIENT)
        if before:
            self._vault.write(_BEFORE, before)
        self._vault.write(_CLIENT, self._vault.read(_ASKED) + data)
        self._vault.remove(_ASKED)
