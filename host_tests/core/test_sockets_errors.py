"""Why there is no connection, in words, and how long to wait before the next attempt."""

from sockets import errors
from sockets.errors import LinkError, tls_error
from sockets.times import Backoff


def test_every_code_has_its_words():
    texts = []
    for code in range(errors.NAME_NOT_FOUND, errors.NETWORK + 1):
        text = str(LinkError(code))
        assert text and text not in texts
        assert LinkError(code).code == code
        texts.append(text)
    assert str(LinkError(errors.NAME_NOT_FOUND, "csms.lan")) == "name not found: csms.lan"
    assert str(LinkError(errors.NETWORK)) == "connection failed"
    assert str(LinkError(7, "detail", "own words")) == "own words: detail"


def test_what_tls_libraries_say():
    for words, code in (
        ("The certificate validity has expired", errors.CERTIFICATE_EXPIRED),
        ("certificate has expired", errors.CERTIFICATE_EXPIRED),
        ("The certificate validity starts in the future", errors.CERTIFICATE_EARLY),
        ("certificate is not yet valid", errors.CERTIFICATE_EARLY),
        (
            "The certificate Common Name (CN) does not match with the expected CN",
            errors.CERTIFICATE_NAME,
        ),
        ("Hostname mismatch, certificate is not valid for 'h'.", errors.CERTIFICATE_NAME),
        ("The certificate is not correctly signed by the trusted CA", errors.CERTIFICATE_UNKNOWN),
        ("unable to get local issuer certificate", errors.CERTIFICATE_UNKNOWN),
        ("self-signed certificate in certificate chain", errors.CERTIFICATE_UNKNOWN),
        ("MBEDTLS_ERR_SSL_BAD_PROTOCOL_VERSION", errors.TLS_VERSION),
        ("TLSV1_ALERT_PROTOCOL_VERSION", errors.TLS_VERSION),
        ("MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE", errors.TLS_FAILED),
    ):
        assert tls_error(words, "h").code == code, words
    assert str(tls_error("mismatch", "h")) == "the server's certificate is for another name: h"
    assert str(tls_error("odd", "h")) == "TLS failed: odd"
    # What both libraries say when the server ends the handshake, for example because of a client's certificate.
    for words in (
        errors.BROKEN_OFF,
        "(-29312, 'MBEDTLS_ERR_SSL_CONN_EOF')",
        "(-30592, 'MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE')",
        "TLSV1_ALERT_UNKNOWN_CA",
        "TLSV13_ALERT_CERTIFICATE_REQUIRED",
        "UNEXPECTED_EOF_WHILE_READING",
    ):
        assert str(tls_error(words, "h")) == "TLS failed: " + errors.BROKEN_OFF, words


def test_pauses_double_and_differ():
    backoff = Backoff(1000, 8000)
    for _ in range(2):
        seen = []
        for middle_ms in (1000, 2000, 4000, 8000, 8000, 8000):
            pause_ms = backoff.next_ms()
            assert middle_ms * 3 // 4 <= pause_ms < middle_ms * 5 // 4
            seen.append(pause_ms * 8000 // middle_ms)
        assert len(set(seen)) > 2
        backoff.reset()
