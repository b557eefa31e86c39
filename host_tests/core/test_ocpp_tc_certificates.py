"""Roots, and the charge point's own certificate (cases 074 to 077; security whitepaper A02, A03, M03 to M05)."""

import ocpp_certificates as made
from ocpp_local_bench import Gate, new_path
from ocpp_rig import ERROR
from ocpp_secure_bench import CENTRAL, MAKER, OK, REJECTED, der_of, online
from ocpp_world import PowerCut

from ocpp16.vault import Vault
from ocpp16.x509 import Certificate


def test_tc_074_certificate_by_sign_certificate():
    rig = online(CpoName="Operator")
    assert rig.install(made.CENTRAL) == OK
    asked = rig.central.ask("ExtendedTriggerMessage", requestedMessage="SignChargePointCertificate")
    assert asked == OK
    rig.run(3)
    csr = rig.central.of("SignCertificate")[0]["csr"]
    assert csr.startswith("-----BEGIN CERTIFICATE REQUEST-----\n")
    assert rig.finish("CertificateSigned", certificateChain=made.CLIENT) == OK
    data, key = rig.store.client_pair(rig.unix_s)
    assert Certificate(data).serial == Certificate(der_of(made.CLIENT)).serial and len(key) > 100
    assert rig.certificates.changed and rig.events() == []
    # Nothing of the key can be asked for, and an answer is taken once.
    assert rig.finish("CertificateSigned", certificateChain=made.CLIENT) == REJECTED


def test_a_chain_is_longer_than_other_messages_may_be():
    rig = online()
    rig.install(made.CENTRAL)
    rig.certificates.renew()
    rig.run(3)
    chain = made.CLIENT + made.MAKER + made.SIGNER
    assert 4096 < len(chain + "\n" * 900) < 10000
    assert rig.finish("CertificateSigned", certificateChain=chain + "\n" * 4000) == OK
    assert rig.finish("CertificateSigned", certificateChain=chain + "\n" * 9000)[0] == ERROR
    # The connection goes on.
    assert rig.finish("GetInstalledCertificateIds", certificateType=CENTRAL)["status"] == "Accepted"


def test_tc_075_1_install_manufacturer_root():
    rig = online()
    assert rig.finish("GetInstalledCertificateIds", certificateType=MAKER) == {"status": "NotFound"}
    assert rig.install(made.MAKER, MAKER) == OK
    found = rig.finish("GetInstalledCertificateIds", certificateType=MAKER)
    assert found["status"] == "Accepted" and len(found["certificateHashData"]) == 1
    assert rig.finish("GetInstalledCertificateIds", certificateType=CENTRAL) == {"status": "NotFound"}


def test_tc_075_2_install_central_root():
    rig = online()
    for pem in (made.CENTRAL, made.CENTRAL_RSA, made.CENTRAL):
        assert rig.install(pem) == OK
    found = rig.finish("GetInstalledCertificateIds", certificateType=CENTRAL)["certificateHashData"]
    assert len(found) == 2 and found[1]["serialNumber"] == "FFF" and found[1]["hashAlgorithm"] == "SHA256"
    # It outlives a restart.
    rig.power_cut()
    rig.online()
    assert rig.finish("GetInstalledCertificateIds", certificateType=CENTRAL)["certificateHashData"] == found
    assert [len(data) > 100 for data in rig.store.roots()] == [True, True]


def test_what_is_no_root_is_not_installed():
    rig = online()
    broken = made.CENTRAL_RSA.replace("A", "B", 3)
    end = made.CENTRAL.index("-----END")
    for pem in (
        made.NO_ROOT,
        made.CENTRAL_OLD,
        made.CENTRAL_NEXT,
        made.SIGNER,
        "",
        "text",
        made.CENTRAL[:end],
        broken,
    ):
        assert rig.install(pem) == REJECTED, pem
    assert rig.install(made.CENTRAL * 12)[0] == ERROR
    assert rig.finish("InstallCertificate", certificateType=CENTRAL)[0] == ERROR
    assert rig.finish("InstallCertificate", certificateType="Other", certificate=made.CENTRAL)[0] == ERROR
    assert rig.vault.names() == []
    rig.vault.full = True
    assert rig.install(made.CENTRAL) == {"status": "Failed"}


def test_there_is_room_for_so_many_roots():
    rig = online()
    rig.config._fixed["CertificateStoreMaxLength"] = "2"
    assert rig.install(made.CENTRAL) == OK and rig.install(made.MAKER, MAKER) == OK
    assert rig.install(made.CENTRAL_RSA) == REJECTED
    assert rig.vault.names() == ["c0", "m0"]


def test_a_new_root_is_vouched_for_by_the_old_one():
    rig = online()
    rig.config._fixed["AdditionalRootCertificateCheck"] = "true"
    assert rig.install(made.CENTRAL) == OK
    assert rig.install(made.CENTRAL_RSA) == REJECTED
    assert rig.install(made.CENTRAL_NEXT) == OK
    roots = rig.store.roots()
    assert roots == [der_of(made.CENTRAL_NEXT), der_of(made.CENTRAL)]
    rig.store.proven()
    assert rig.store.roots() == roots[:1]


def test_tc_076_delete_certificate():
    rig = online()
    rig.install(made.CENTRAL)
    rig.install(made.CENTRAL_RSA)
    first, second = rig.finish("GetInstalledCertificateIds", certificateType=CENTRAL)["certificateHashData"]
    other = dict(first)
    other["serialNumber"] = "1"
    assert rig.finish("DeleteCertificate", certificateHashData=other) == {"status": "NotFound"}
    second["issuerNameHash"] = second["issuerNameHash"].upper()
    second["serialNumber"] = "0fff"
    assert rig.finish("DeleteCertificate", certificateHashData=second) == OK
    assert rig.finish("DeleteCertificate", certificateHashData=second) == {"status": "NotFound"}
    # The last one that connections are checked with stays.
    rig.set("AuthorizationKey", "0123456789abcdef")
    rig.set("SecurityProfile", "2")
    assert rig.finish("DeleteCertificate", certificateHashData=first) == {"status": "Failed"}
    assert rig.finish("DeleteCertificate", certificateHashData={}) == {"status": "Failed"}
    assert rig.vault.names() == ["c0"]


def test_tc_077_bad_charge_point_certificate():
    for chain, reason in (
        (made.CLIENT_OTHER_KEY, "is for another key"),
        (made.CLIENT_OTHER_NAME, "is for another name"),
        (made.CLIENT_OTHER_ROOT, "issuer is not trusted"),
        (made.CLIENT[: made.CLIENT.index("-----END") + 26], "issuer is not trusted"),
        ("nothing", "is no certificate in PEM"),
        (made.CLIENT * 3, "has too many certificates"),
    ):
        rig = online()
        rig.install(made.CENTRAL)
        rig.certificates.renew()
        rig.run(3)
        assert rig.finish("CertificateSigned", certificateChain=chain) == REJECTED
        rig.run(3)
        event = rig.central.of("SecurityEventNotification")[0]
        assert event["type"] == "InvalidChargePointCertificate" and event["techInfo"] == reason
        assert rig.store.client(0)[0] is None


def test_a_certificate_for_later_waits_for_its_time():
    rig = online()
    rig.install(made.CENTRAL)
    rig.certificates.renew()
    rig.run(3)
    assert rig.finish("CertificateSigned", certificateChain=made.CLIENT_LATER) == OK
    assert rig.store.client(rig.unix_s)[0] is None
    assert rig.store.client(rig.unix_s + 366 * 86400)[0].data == der_of(made.CLIENT_LATER)


def test_a_certificate_is_renewed_in_time():
    rig = online()
    rig.install(made.CENTRAL)
    rig.certificates.renew()
    rig.run(3)
    assert rig.finish("CertificateSigned", certificateChain=made.CLIENT_SHORT) == OK
    rig.run(2 * 86400, 3600)
    assert len(rig.central.of("SignCertificate")) == 2
    # The old one is used until then, and while the new one is not valid.
    assert rig.finish("CertificateSigned", certificateChain=made.CLIENT_LATER) == OK
    assert rig.store.client(rig.unix_s)[0].data == der_of(made.CLIENT_SHORT)


def test_power_is_cut_at_every_write_of_certificates():
    for after in (False, True):
        for cut in range(1, 9):
            rig = online()
            rig.config._fixed["AdditionalRootCertificateCheck"] = "true"
            rig.install(made.CENTRAL)
            rig.vault.cut_in, rig.vault.cut_after = cut, after
            try:
                rig.certificates.renew()
                rig.run(3)
                rig.finish("CertificateSigned", certificateChain=made.CLIENT_SHORT)
                rig.certificates.renew()
                rig.run(3)
                rig.finish("CertificateSigned", certificateChain=made.CLIENT_SHORT)
                rig.install(made.CENTRAL_NEXT)
            except PowerCut:
                pass
            rig.vault.cut_in = -1
            rig.power_cut()
            rig.online()
            # There is a root at any moment, and once there was a certificate with its key there is one.
            assert der_of(made.CENTRAL) in rig.store.roots()
            if cut > 2:
                assert rig.store.client(rig.unix_s)[0] is not None, (cut, after)


def test_files_of_the_vault():
    gate = Gate()
    vault = Vault(new_path("vault") + "d", gate)
    for name in vault.names():
        vault.remove(name)
    assert vault.names() == [] and vault.read("c0") == b""
    vault.write("c0", b"first")
    vault.write("c0", b"second")
    with open(vault._path("c1.new"), "wb") as file:
        file.write(b"cut off")
    assert vault.names() == ["c0"] and vault.read("c0") == b"second"
    gate.open = False
    for action in (lambda: vault.write("c0", b"third"), lambda: vault.remove("c0")):
        try:
            action()
            raise AssertionError("written")
        except OSError:
            pass
    gate.open = True
    assert vault.read("c0") == b"second"
    vault.remove("c0")
    vault.remove("c0")
    assert vault.names() == []


def test_nothing_is_written_while_a_contactor_is_closed():
    rig = online()
    rig.install(made.CENTRAL)
    rig.vault.writable = False
    assert rig.install(made.CENTRAL_RSA) == {"status": "Failed"}
    found = rig.finish("GetInstalledCertificateIds", certificateType=CENTRAL)["certificateHashData"]
    assert rig.finish("DeleteCertificate", certificateHashData=found[0]) == {"status": "Failed"}
    rig.certificates.renew()
    rig.run(10)
    assert rig.central.of("SignCertificate") == []
    rig.vault.writable = True
    rig.run(3)
    assert len(rig.central.of("SignCertificate")) == 1
    # A good one that cannot be kept is asked for again.
    rig.vault.writable = False
    assert rig.finish("CertificateSigned", certificateChain=made.CLIENT) == REJECTED
    rig.vault.writable = True
    rig.run(3)
    assert len(rig.central.of("SignCertificate")) == 2 and rig.events() == []
    assert rig.finish("CertificateSigned", certificateChain=made.CLIENT) == OK
