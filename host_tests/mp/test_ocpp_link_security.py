"""What a connection to a back end trusts and shows, and what a failed one is logged as."""

import os
import sys

sys.path.append("host_tests/core")

import ocpp_certificates as made
from ocpp_local_bench import new_path
from ocpp_secure_bench import RANDOM, MemoryVault, der_of
from ocpp_station_bench import Named

from evse.services.mqtt.isrg_root import isrg_root_x1
from evse.services.ocpp import connect, link
from evse.services.ocpp.parts import Parts
from ocpp16 import csr
from ocpp16.certificate_store import CertificateStore
from sockets import errors, tls

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

NOW_S = 1_780_000_000
URL = "ws://csms.lan:9000"
KEYS = {"OcppMode": 1, "OcppUrl": URL, "OcppAccount": "", "OcppId": "CP", "OcppKey": "", "OcppTls": 0}


class Bench:
    """An app, parts and a charge point in one, as far as a connection needs them."""

    def __init__(self, profile=0) -> None:
        self.root = new_path("ca")
        self.vault = MemoryVault()
        self.profile = profile
        self.key = b""
        self.events: list = []
        self.loaded: list = []
        self.disconnections = 0
        self.app: "Any" = Named(
            settings=Named(get=lambda key: KEYS[key], text=lambda key: KEYS[key]),
            board=Named(
                storage=Named(root=self.root),
                clock=Named(unix_s=lambda: NOW_S),
                late_limit_ms=10000,
                serial_number=1,
            ),
            loader=Named(load=self.loaded.append),
            net=Named(resolver=Named()),
            authority_changes=0,
        )
        self.parts: "Any" = Named(
            fallback=False,
            _app=self.app,
            _may_write=lambda: True,
            security=Named(
                profile=profile,
                failed=lambda event, text: self.events.append((event, text)),
                url=lambda url: "wss" + url[2:] if profile > 1 else url,
            ),
            certificate_store=lambda: CertificateStore(self.vault),
            may_connect=lambda secure: not secure or connect.may_shake_hands(self.app),
        )
        self.cp = Named(config=Named(authorization_key=lambda: self.key), is_connected=False)

    def link(self) -> link.Link:
        return link.Link(self.app, self.cp, self.parts)

    def contexts(self, profile, check=True) -> list:
        """Return what a context would be made of: [authorities, certificate, key], [] for one without checks."""
        found: list = []
        kept = tls.client_context, tls.unchecked_context
        tls.client_context = lambda ca, certificate=b"", key=b"": found.extend((ca, certificate, key))
        tls.unchecked_context = lambda: None
        try:
            connect.new_context(self.app, check, self.parts, profile)
        finally:
            tls.client_context, tls.unchecked_context = kept
        return found


def test_whom_a_connection_trusts():
    bench = Bench()
    assert bench.contexts(0, False) == []
    assert bench.contexts(2) == [isrg_root_x1(), b"", b""]
    central, other = der_of(made.CENTRAL), der_of(made.CENTRAL_RSA)
    bench.vault.files = {"c0": central, "c1": other}
    # What a back end has installed, and besides what was trusted before a profile wants no other.
    assert tls._ders(bench.contexts(2)[0]) == [central, other]
    assert tls._ders(bench.contexts(0)[0]) == [central, other] + tls._ders(isrg_root_x1())
    assert not connect.has_ca_file(bench.app)
    path = bench.root + "/ocpp.ca.pem"
    os.mkdir(bench.root)
    try:
        with open(path, "w") as file:
            file.write(made.MAKER)
        assert connect.has_ca_file(bench.app)
        for profile in (0, 2):
            assert tls._ders(bench.contexts(profile)[0]) == [central, other, der_of(made.MAKER)]
        bench.vault.files = {}
        assert tls._ders(bench.contexts(2)[0]) == [der_of(made.MAKER)]
    finally:
        os.remove(path)
        os.rmdir(bench.root)


def test_profile_3_shows_the_certificate_of_the_station():
    bench = Bench(3)
    secret = csr.random_number(lambda count: RANDOM[:count])
    own = der_of(made.CLIENT)
    bench.vault.files = {"c0": der_of(made.CENTRAL), "client": secret.to_bytes(32, "big") + own}
    assert bench.contexts(2)[1:] == [b"", b""]
    authorities, certificate, key = bench.contexts(3)
    assert tls._ders(authorities) == [der_of(made.CENTRAL)] and tls._ders(certificate) == [own]
    assert tls._ders(key, b"PRIVATE KEY")[0][0] == 0x30
    # The TLS library takes the two as a pair.
    assert bench.link().address == "wss://csms.lan:9000/CP"


def test_it_is_made_anew_for_another_password_or_profile():
    bench = Bench()
    one = bench.link()
    assert one.address == "ws://csms.lan:9000/CP" and not one.is_outdated()
    bench.key = b"0123456789abcdef"
    assert one.is_outdated()
    one = bench.link()
    assert not one.is_outdated()
    bench.parts.security.profile = 1
    assert one.is_outdated()


def test_why_there_is_no_connection_is_a_security_event():
    bench = Bench()
    one = bench.link()
    for code, event in (
        (errors.REFUSED, ""),
        (errors.CERTIFICATE_EXPIRED, "InvalidCentralSystemCertificate"),
        (errors.CLOSED, ""),
        (errors.TLS_VERSION, "InvalidTLSVersion"),
    ):
        bench.events = []
        one.on_close(errors.LinkError(code))
        assert [entry[0] for entry in bench.events] == ([event] if event else [])
    bench.events = []
    one.on_close(None)
    assert bench.events == []


class Client:
    connected = False


def made_with(bench) -> tuple:
    """Return a link to a back end at wss:// and the roots it is checked with."""
    found: list = []
    kept = tls.client_context
    tls.client_context = lambda ca, certificate=b"", key=b"": found.append(tls._ders(ca)) or kept(ca)
    try:
        one = bench.link()
    finally:
        tls.client_context = kept
    one.client = Client()
    return one, found[0]


def test_the_root_before_counts_until_the_newest_one_has_worked():
    old, new = der_of(made.CENTRAL), der_of(made.CENTRAL_NEXT)
    bench = Bench(2)
    check = lambda one: Parts._check_roots(bench.parts, one)  # noqa: E731
    bench.vault.files = {"c0": new, "old": old}
    one, roots = made_with(bench)
    # The newest one alone, because else nobody would know which of the two it was.
    assert roots == [new] and one.proves and not check(one)
    one.on_close(errors.LinkError(errors.REFUSED))
    assert not check(one) and not bench.parts.fallback
    one.on_close(errors.LinkError(errors.CERTIFICATE_UNKNOWN))
    assert check(one) and bench.parts.fallback
    one, roots = made_with(bench)
    assert roots == [new, old] and not one.proves and not check(one)
    # That proves nothing, and is not tried over and over.
    one.client.connected = True
    assert not check(one) and "old" in bench.vault.files
    one.client.connected = False
    one.on_close(errors.LinkError(errors.CERTIFICATE_UNKNOWN))
    assert not check(one)
    # After a restart the back end has its new certificate.
    bench.parts.fallback = False
    one, roots = made_with(bench)
    one.client.connected = True
    bench.parts._may_write = lambda: False
    assert not check(one) and "old" in bench.vault.files
    bench.parts._may_write = lambda: True
    assert not check(one) and bench.vault.files == {"c0": new}
    one, roots = made_with(bench)
    assert roots == [new] and not one.proves


def test_other_roots_count_from_the_next_connection_on_and_another_file_at_once():
    bench = Bench(2)
    bench.vault.files = {"c0": der_of(made.CENTRAL)}
    check = lambda one: Parts._check_roots(bench.parts, one)  # noqa: E731
    one, _ = made_with(bench)
    one.client.connected = one.roots_changed = True
    assert not check(one)
    one.client.connected = False
    assert check(one)
    one, _ = made_with(bench)
    one.client.connected = True
    assert not check(one)
    bench.app.authority_changes += 1
    assert check(one)
    one, _ = made_with(bench)
    assert not check(one)
    # A connection without TLS has none.
    one = Bench().link()
    one._app.authority_changes += 1
    assert not one.has_other_authorities
