"""Sockets and TLS contexts of CPython with the ways of MicroPython's."""

import os
import ssl


class HostSocket:
    """A non-blocking socket; read and write return None where they would have to wait."""

    def __init__(self, sock) -> None:
        """Wrap a non-blocking socket."""
        self._sock = sock
        self.close = sock.close
        self._waits = (
            BlockingIOError,  # pyright: ignore[reportUndefinedVariable]
            ssl.SSLWantReadError,  # pyright: ignore[reportAttributeAccessIssue]
            ssl.SSLWantWriteError,  # pyright: ignore[reportAttributeAccessIssue]
        )

    def readinto(self, buffer) -> "int | None":
        """Read what is there into a buffer; return 0 when the peer has closed."""
        try:
            return self._sock.recv_into(buffer)
        except self._waits:
            return None

    def write(self, data) -> "int | None":
        """Write as much as fits."""
        try:
            return self._sock.send(data)
        except self._waits:
            return None


def load_chain(context, certificate: bytes, key: bytes) -> None:
    """Load a certificate and its key, both in PEM, which CPython takes from a file only: one in memory (Linux)."""
    number = os.memfd_create("chain")  # pyright: ignore[reportAttributeAccessIssue]
    with open(number, "wb") as file:
        file.write(certificate + b"\n" + key)
        file.flush()
        context.load_cert_chain("/proc/self/fd/%d" % number)


def cipher_names(names: str) -> str:
    """Return names of mbedTLS, spaces between, as OpenSSL writes them."""
    return ":".join([_cipher_name(name) for name in names.split()])


def _cipher_name(name: str) -> str:
    # TLS-ECDHE-RSA-WITH-AES-128-GCM-SHA256 and TLS-RSA-WITH-AES-128-GCM-SHA256
    exchange, _, cipher = name.partition("-WITH-")
    exchange = exchange.replace("TLS-", "")
    cipher = cipher.replace("AES-", "AES")
    return cipher if exchange == "RSA" else exchange + "-" + cipher
