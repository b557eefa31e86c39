"""An authority for tests. `python host_tests/services/ocpp_ca.py` prints host_tests/core/ocpp_certificates.py anew."""

import base64
import datetime as dt
import sys
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils

BEGIN = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
END = dt.datetime(2055, 1, 1, tzinfo=dt.UTC)
# What the transfers of ocpp_files_bench come to.
DIGEST = bytes(range(32))
# The number of the key that a charge point makes in tests from these random bytes, see certificate_rig.
RANDOM = bytes(range(100, 140))
SERIAL = "SN-0001"


def new_key(kind):
    """Return a private key: "ec", or a number of bits of RSA."""
    return ec.generate_private_key(ec.SECP256R1()) if kind == "ec" else rsa.generate_private_key(65537, kind)


class Holder:
    """A certificate and its private key; `issuer` None signs itself."""

    def __init__(
        self,
        name,
        kind: str | int = "ec",
        issuer=None,
        ca=True,
        begin=BEGIN,
        end=END,
        pss=False,
        public=None,
        **more,
    ):
        self.key: Any = None if public else new_key(kind)
        subject = x509.Name(
            [
                x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, more.get("organization", "Operator")),
                x509.NameAttribute(x509.NameOID.COMMON_NAME, name),
            ]
        )
        builder = x509.CertificateBuilder().subject_name(subject)
        builder = builder.issuer_name(issuer.certificate.subject if issuer else subject)
        builder = builder.public_key(public or self.key.public_key())
        builder = builder.serial_number(more.get("serial", x509.random_serial_number()))
        builder = builder.not_valid_before(begin).not_valid_after(end)
        builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        usage = dict.fromkeys(
            (
                "content_commitment",
                "key_encipherment",
                "data_encipherment",
                "key_agreement",
                "encipher_only",
                "decipher_only",
            ),
            False,
        )
        builder = builder.add_extension(
            x509.KeyUsage(digital_signature=True, key_cert_sign=ca, crl_sign=ca, **usage), critical=True
        )
        signer = issuer.key if issuer else self.key
        way = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH) if pss else None
        self.certificate = builder.sign(signer, hashes.SHA256(), rsa_padding=way)

    @property
    def pem(self):
        """The certificate as text."""
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    @property
    def der(self):
        """The certificate in DER."""
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def pair(self):
        """The certificate and its private key as text."""
        return (
            self.pem
            + self.key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.TraditionalOpenSSL,
                serialization.NoEncryption(),
            ).decode()
        )

    def sign(self, digest, way="pss", salt=padding.PSS.DIGEST_LENGTH):
        """Return a signature of a digest in base64: "pss" or "pkcs1" where the key is of RSA."""
        hashed = utils.Prehashed(hashes.SHA256())
        if isinstance(self.key, ec.EllipticCurvePrivateKey):
            signature = self.key.sign(digest, ec.ECDSA(hashed))
        elif way == "pss":
            signature = self.key.sign(digest, padding.PSS(padding.MGF1(hashes.SHA256()), salt), hashed)
        else:
            signature = self.key.sign(digest, padding.PKCS1v15(), hashed)
        return base64.b64encode(signature).decode()


def client_public_key():
    """Return the public key that a charge point makes from RANDOM."""
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    number = int.from_bytes(RANDOM, "big") % (order - 1) + 1
    return ec.derive_private_key(number, ec.SECP256R1()).public_key()


def fixtures():
    """Return what host_tests/core/ocpp_certificates.py holds, by name."""
    early = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
    late = dt.datetime(2027, 1, 1, tzinfo=dt.UTC)
    central, other = Holder("Root"), Holder("Root RSA", 2048, serial=0xFFF)
    maker = Holder("Maker", 3072, pss=True)
    middle = Holder("Middle", issuer=central)
    signer = Holder("Firmware", 2048, maker, False, pss=True)
    signer_ec = Holder("Firmware EC", "ec", maker, False)
    public = client_public_key()
    own = {"ca": False, "public": public}
    return {
        "CENTRAL": central.pem,
        "CENTRAL_RSA": other.pem,
        "CENTRAL_NEXT": Holder("Root 2", issuer=central).pem,
        "CENTRAL_OLD": Holder("Old", begin=early - dt.timedelta(300), end=early).pem,
        "NO_ROOT": Holder("Leaf", ca=False).pem,
        "MAKER": maker.pem,
        "SIGNER": signer.pem,
        "SIGNER_EC": signer_ec.pem,
        "SIGNER_OLD": Holder("Old", 2048, maker, False, early - dt.timedelta(300), early).pem,
        "SIGNER_OTHER": Holder("Other", "ec", central, False).pem,
        "PSS": signer.sign(DIGEST),
        "PSS_LONG_SALT": signer.sign(DIGEST, salt=padding.PSS.MAX_LENGTH),
        "PKCS1": signer.sign(DIGEST, "pkcs1"),
        "ECDSA": signer_ec.sign(DIGEST),
        "CLIENT": Holder(SERIAL, issuer=middle, **own).pem + middle.pem,
        "CLIENT_LATER": Holder(SERIAL, issuer=central, begin=late, **own).pem,
        "CLIENT_SHORT": Holder(SERIAL, issuer=central, end=BEGIN + dt.timedelta(40), **own).pem,
        "CLIENT_OTHER_KEY": Holder(SERIAL, issuer=central, ca=False).pem,
        "CLIENT_OTHER_NAME": Holder("SN-0002", issuer=central, **own).pem,
        "CLIENT_OTHER_ROOT": Holder(SERIAL, issuer=other, **own).pem,
    }


def main():
    """Print the module."""
    out = sys.stdout
    out.write('"""Certificates and signatures for tests, made by host_tests/services/ocpp_ca.py."""\n')
    for name, text in fixtures().items():
        if text.endswith("\n"):
            out.write('\n%s = """%s"""\n' % (name, text))
        else:
            out.write("\n%s = (\n" % name)
            for at in range(0, len(text), 96):
                out.write('    "%s"\n' % text[at : at + 96])
            out.write(")\n")


if __name__ == "__main__":
    main()
