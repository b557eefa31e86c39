"""Certificates against the library `cryptography`: what is made here is good there, and the other way round."""

import base64
import datetime as dt
import functools
import hashlib
import ssl

import ocpp_ca
import pytest
from cryptography import x509 as reference
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.x509 import ocsp
from hypothesis import given, settings
from hypothesis import strategies as st

from ocpp16 import chain, csr, p256
from ocpp16.certificate_stream import CertificateStream
from ocpp16.pem import PemReader, armoured
from ocpp16.rpc import CallError
from ocpp16.x509 import COMMON_NAME, ORGANIZATION, Certificate

NOON = 1769860800


def result(generator):
    """Run a generator to its end and return what it returns."""
    try:
        while True:
            next(generator)
    except StopIteration as stop:
        return stop.value


@pytest.fixture(scope="module")
def central():
    return ocpp_ca.Holder("Root", 2048, pss=True)


@pytest.fixture(scope="module")
def central_ec():
    return ocpp_ca.Holder("Root EC")


@pytest.mark.parametrize("bits", [2048, 2056, 3072, 4096])
def test_signatures_of_rsa(bits):
    holder = ocpp_ca.Holder("Signer", bits)
    key = Certificate(holder.der).key
    digest = hashlib.sha256(b"firmware").digest()
    other = hashlib.sha256(b"Firmware").digest()
    for way in ("pss", "pkcs1"):
        for salt in (32, 0, 20):
            signature = base64.b64decode(holder.sign(digest, way, salt))
            assert result(chain.verify(key, digest, signature)) is True
            assert result(chain.verify(key, other, signature)) is False
            assert (
                result(chain.verify(key, digest, signature, pss=way != "pss", pkcs1=way != "pkcs1")) is False
            )
            for at in (0, 5, len(signature) - 1):
                broken = bytearray(signature)
                broken[at] ^= 1
                assert result(chain.verify(key, digest, bytes(broken))) is False


def test_signatures_on_the_curve():
    for number in range(30):
        holder = ocpp_ca.Holder("Signer")
        key = Certificate(holder.der).key
        digest = hashlib.sha256(bytes([number])).digest()
        signature = base64.b64decode(holder.sign(digest))
        assert result(chain.verify(key, digest, signature)) is True
        assert result(chain.verify(key, bytes(32), signature)) is False
        assert result(chain.verify((key[0], key[1] ^ 1), digest, signature)) is False
        for r, s in ((0, 1), (1, 0), (p256.N, 1), (1, p256.N)):
            assert result(chain.verify(key, digest, utils.encode_dss_signature(r, s))) is False


@settings(max_examples=15, deadline=None)
@given(st.binary(min_size=40, max_size=40), st.binary(min_size=32, max_size=32))
def test_what_is_signed_here_is_good_there(random, digest):
    secret = csr.random_number(lambda count: random)
    r, s = result(p256.sign(secret, digest, csr.random_number(lambda count: random[::-1] + b"")))
    key = ec.derive_private_key(secret, ec.SECP256R1())
    numbers = key.public_key().public_numbers()
    assert result(p256.public_key(secret)) == (numbers.x, numbers.y)
    key.public_key().verify(
        utils.encode_dss_signature(r, s), digest, ec.ECDSA(utils.Prehashed(ocpp_ca.hashes.SHA256()))
    )


@pytest.mark.parametrize("secret", [1, 2, 3, p256.N - 1, p256.N - 2, 1 << 255])
def test_edges_of_the_curve(secret):
    numbers = ec.derive_private_key(secret, ec.SECP256R1()).public_key().public_numbers()
    assert result(p256.public_key(secret)) == (numbers.x, numbers.y)


def test_a_request_leads_to_a_certificate_that_tls_takes(central_ec, tmp_path):
    secret = csr.random_number(lambda count: ocpp_ca.RANDOM[:count])
    text = result(csr.request(secret, lambda count: bytes(range(7, 7 + count)), "Operator \u00e9", "SN-1"))
    request = reference.load_pem_x509_csr(text.encode())
    assert request.is_signature_valid
    names = [entry.value for entry in request.subject]
    assert names == ["Operator \u00e9", "SN-1"]
    holder = ocpp_ca.Holder("SN-1", issuer=central_ec, ca=False, public=request.public_key())
    certificate = Certificate(holder.der)
    assert certificate.name(COMMON_NAME) == "SN-1" and certificate.name(ORGANIZATION) == "Operator"
    key = csr.key_file(secret, certificate.key)
    loaded = serialization.load_der_private_key(key, None)
    assert loaded.public_key() == request.public_key()
    path = tmp_path / "pair.pem"
    path.write_text(holder.pem + armoured("EC PRIVATE KEY", key))
    ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(path)


def test_what_is_read(central, central_ec):
    for issuer in (central, central_ec):
        holder = ocpp_ca.Holder("Name", "ec", issuer, False)
        read = Certificate(holder.der)
        there = holder.certificate
        assert read.not_before == int(there.not_valid_before_utc.timestamp())
        assert read.not_after == int(there.not_valid_after_utc.timestamp())
        assert read.subject == there.subject.public_bytes() and read.issuer == there.issuer.public_bytes()
        assert not read.is_ca and not read.can_sign
        root = Certificate(issuer.der)
        assert root.is_ca and root.can_sign
        request = (
            ocsp.OCSPRequestBuilder()
            .add_certificate(there, issuer.certificate, ocpp_ca.hashes.SHA256())
            .build()
        )
        assert read.hashes(root.key_bits) == (
            request.issuer_name_hash.hex(),
            request.issuer_key_hash.hex(),
            "%X" % there.serial_number,
        )
        assert result(chain.is_signed_by(read, root)) is True
        assert result(chain.is_signed_by(root, read)) is False


def test_chains(central, central_ec):
    roots = [Certificate(central.der)]
    first = ocpp_ca.Holder("First", "ec", central)
    second = ocpp_ca.Holder("Second", 2048, first)
    leaf = ocpp_ca.Holder("Leaf", "ec", second, False)
    whole = [Certificate(holder.der) for holder in (leaf, first, second)]
    assert result(chain.check(whole, roots, NOON)) == ""
    assert result(chain.check(whole[:2], roots, NOON)) == "issuer is not trusted"
    assert result(chain.check(whole, [Certificate(central_ec.der)], NOON)) == "issuer is not trusted"
    assert result(chain.check(whole, roots, NOON - 100 * 86400)) == "is not valid yet"
    assert result(chain.check(whole, roots, 3000000000)) == "has expired"
    # One that may not sign, and one with the same name but another key.
    no_ca = ocpp_ca.Holder("No authority", "ec", central, False)
    forged = ocpp_ca.Holder("Leaf", "ec", no_ca, False)
    assert (
        result(chain.check([Certificate(forged.der), Certificate(no_ca.der)], roots, NOON))
        == "issuer is not trusted"
    )
    twin = ocpp_ca.Holder("Root", 2048)
    forged = ocpp_ca.Holder("Leaf", "ec", twin, False)
    assert result(chain.check([Certificate(forged.der), Certificate(twin.der)], roots, NOON)) != ""
    past = ocpp_ca.Holder(
        "Past",
        "ec",
        central,
        begin=ocpp_ca.BEGIN - dt.timedelta(20),
        end=ocpp_ca.BEGIN - dt.timedelta(9),
    )
    late = ocpp_ca.Holder("Leaf", "ec", past, False)
    assert result(chain.check([Certificate(late.der), Certificate(past.der)], roots, NOON)) == "has expired"


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_broken_certificates_are_only_refused(data):
    der = bytearray(_der())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(der) - 1))
        der[at] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(der)))
    for broken in (bytes(der), bytes(der[:cut])):
        try:
            one = Certificate(broken)
            one.hashes(one.key_bits)
            one.name(COMMON_NAME)
        except ValueError:
            pass


@functools.cache
def _der():
    return ocpp_ca.Holder("Root").der


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_pem_in_pieces_and_with_other_line_ends(data):
    ders = [data.draw(st.binary(min_size=1, max_size=300)) for _ in range(data.draw(st.integers(1, 3)))]
    text = "".join([armoured("CERTIFICATE", der) for der in ders])
    if data.draw(st.booleans()):
        text = text.replace("\n", "\r\n")
    reader = PemReader(10000)
    encoded = text.encode()
    while encoded:
        size = data.draw(st.integers(1, 200))
        reader.feed(encoded[:size])
        encoded = encoded[size:]
    assert reader.end() == ders


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_messages_in_pieces(data):
    import json

    der = data.draw(st.binary(min_size=1, max_size=2000))
    pem = armoured("CERTIFICATE", der)
    message = {
        "requestId": data.draw(st.integers(-5, 1 << 40)),
        "firmware": {
            "location": "http://h/",
            "signingCertificate": pem,
            "signature": "x" * 700,
            "more": [1, {"a": 2}],
        },
        "flag": True,
        "none": None,
    }
    encoded = json.dumps(message).encode()
    stream = CertificateStream()
    while encoded:
        size = data.draw(st.integers(1, 900))
        stream.feed(encoded[:size])
        encoded = encoded[size:]
    found = stream.end()
    assert found.pop("certificates") == [der] and found["requestId"] == message["requestId"]
    assert found["firmware"]["signature"] == "x" * 700 and found["flag"] is True and "none" not in found


def test_messages_that_are_too_much():
    for text in (
        b"[]",
        b"5",
        b'{"a":1.5}',
        b'{"a":"' + b"x" * 900 + b'"}',
        b'{"a":{"a":{"a":{"a":1}}}}',
        b"{" + b",".join([b'"a":1'] * 30) + b"}",
        b'{"a":1',
    ):
        stream = CertificateStream()
        with pytest.raises((CallError, ValueError)):
            stream.feed(text)
            stream.end()
