"""Password, security profile and what a connection shows (cases 073, 078, 083 to 087; whitepaper A00, A01, A05)."""

import ocpp_certificates as made
from ocpp_secure_bench import OK, REJECTED, der_of, online

from ocpp16.security import event_of
from sockets import errors as link
from websocket_client import errors as websocket


def test_tc_073_new_password():
    rig = online()
    assert rig.change("AuthorizationKey", "0123456789abcdef") == OK
    assert not rig.changes.due()
    rig.run(3)
    assert rig.changes.due() and not rig.changes.due()
    assert rig.config.authorization_key() == b"0123456789abcdef"
    assert rig.logged()[-1] == "ReconfigurationOfSecurityParameters AuthorizationKey"
    found = rig.central.ask("GetConfiguration", key=["AuthorizationKey"])
    assert found["configurationKey"] == [{"key": "AuthorizationKey", "readonly": False}]
    assert rig.change("AuthorizationKey", "too short") == REJECTED
    rig.run(3)
    assert not rig.changes.due() and rig.config.authorization_key() == b"0123456789abcdef"


def test_tc_078_bad_server_certificate():
    rig = online()
    rig.disconnect()
    # As who makes connections says it, at every attempt.
    for _ in range(5):
        rig.changes.failed("InvalidCentralSystemCertificate", "expired")
        rig.run(20)
    rig.connect()
    rig.run(3)
    assert rig.events() == ["InvalidCentralSystemCertificate"]


def test_events_of_connections_that_fail():
    for code, event in (
        (link.CERTIFICATE_EXPIRED, "InvalidCentralSystemCertificate"),
        (link.CERTIFICATE_NAME, "InvalidCentralSystemCertificate"),
        (link.CERTIFICATE_UNKNOWN, "InvalidCentralSystemCertificate"),
        (link.TLS_VERSION, "InvalidTLSVersion"),
        (websocket.WRONG_PASSWORD, "FailedToAuthenticateAtCentralSystem"),
        (link.TLS_FAILED, ""),
        (link.REFUSED, ""),
        (websocket.NOT_FOUND, ""),
    ):
        assert event_of(code) == event, code


def test_tc_083_profile_upgrade():
    rig = online()
    for profile in ("1", "2", "3"):
        assert rig.change("SecurityProfile", profile) == REJECTED
    rig.set("AuthorizationKey", "0123456789abcdef")
    rig.run(3)
    rig.changes.due()
    assert rig.change("SecurityProfile", "2") == REJECTED
    assert rig.change("SecurityProfile", "1") == OK
    rig.run(3)
    assert rig.changes.due() and rig.changes.profile == 1 and not rig.changes.proven
    rig.changes.connected()
    rig.install(made.CENTRAL)
    assert rig.change("SecurityProfile", "3") == REJECTED
    assert rig.change("SecurityProfile", "2") == OK
    rig.run(3)
    assert rig.changes.due()
    assert (
        rig.changes.url("ws://host/a") == "wss://host/a" and rig.changes.url("wss://host/a") == "wss://host/a"
    )
    rig.changes.connected()
    assert rig.changes.proven
    rig.certificates.renew()
    rig.run(3)
    assert rig.finish("CertificateSigned", certificateChain=made.CLIENT) == OK
    assert rig.change("SecurityProfile", "3") == OK
    names = [text for text in rig.logged() if text.endswith(" SecurityProfile")]
    assert len(names) == 3


def test_a_profile_that_does_not_work_is_given_up():
    for restart in (False, True):
        rig = online()
        rig.set("AuthorizationKey", "0123456789abcdef")
        rig.install(made.CENTRAL)
        assert rig.change("SecurityProfile", "2") == OK
        rig.run(3)
        rig.disconnect()
        rig.config.save()
        if restart:
            rig.power_cut()
        rig.run(200)
        assert rig.changes.profile == 2 and rig.security_store.value == {"before": 0}
        rig.run(200)
        assert rig.changes.profile == 0 and rig.config.get("SecurityProfile") == 0
        assert rig.changes.url("ws://host/a") == "ws://host/a" and rig.security_store.value == {}


def test_tc_084_downgrade():
    rig = online(AuthorizationKey="0123456789abcdef", SecurityProfile="1")
    for profile in ("1", "0"):
        assert rig.change("SecurityProfile", profile) == REJECTED
    rig.run(3)
    assert rig.config.get("SecurityProfile") == 1


def test_tc_085_basic_authentication():
    # The connection itself is tested with real peers; here is what it shows.
    rig = online(AuthorizationKey="00112233445566778899AABBCCDDEEFF00112233")
    key = rig.config.authorization_key()
    assert len(key) == 20 and key[:3] == b"\x00\x11\x22" and key[-1] == 0x33
    assert not rig.logged()[-1].endswith("33")


def test_tc_086_roots_of_the_server():
    rig = online()
    rig.install(made.CENTRAL)
    assert rig.store.roots() == [der_of(made.CENTRAL)]
    assert rig.store.can_secure(2, rig.unix_s) and not rig.store.can_secure(3, rig.unix_s)


def test_tc_087_certificate_of_the_client():
    rig = online()
    rig.install(made.CENTRAL)
    assert rig.store.client_pair(rig.unix_s) == (b"", b"")
    rig.certificates.renew()
    rig.run(3)
    rig.finish("CertificateSigned", certificateChain=made.CLIENT)
    certificate, key = rig.store.client_pair(rig.unix_s)
    assert certificate == der_of(made.CLIENT) and key[0] == 0x30 and rig.store.can_secure(3, rig.unix_s)
