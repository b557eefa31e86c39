"""Firmware and logs over HTTP and HTTPS, to and from a real server, on both interpreters."""

import datetime as dt
import hashlib
import http.server
import ipaddress
import ssl
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from interpreters import MICROPYTHON, ROOT, cpython_environment, micropython_environment

SCRIPT = Path(__file__).parent / "ocpp_fetch.py"
FIRMWARE = bytes([number * 31 & 255 for number in range(300_000)])


# What was sent to a server, by its path.
FILES: dict[str, bytes] = {}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path == "/chunked":
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for at in range(0, len(FIRMWARE), 7000):
                piece = FIRMWARE[at : at + 7000]
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            self.wfile.write(b"0\r\n\r\n")
            return
        if self.path == "/cut":
            self.send_response(200)
            self.send_header("Content-Length", str(len(FIRMWARE)))
            self.end_headers()
            self.wfile.write(FIRMWARE[:100_000])
            self.close_connection = True
            return
        body = FIRMWARE if self.path == "/firmware" else b"no such file"
        self.send_response(200 if body is FIRMWARE else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_PUT(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        allowed = self.headers["Authorization"] == "Basic bWU6c2VjcmV0"
        if allowed:
            FILES[self.path] = body
        self.send_response(201 if allowed else 401)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format, *args):
        pass


def certificate(folder: Path) -> Path:
    """Write a certificate and its key for 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    alternative = x509.SubjectAlternativeName(
        [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    )
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(1))
        .not_valid_after(now + dt.timedelta(10))
        .add_extension(x509.BasicConstraints(True, None), critical=True)
        .add_extension(alternative, critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
    (folder / "ca.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture(scope="module")
def servers(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ca")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate(folder))
    found = []
    for secure in (False, True):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if secure:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        found.append(server)
    yield found[0], found[1], folder / "ca.pem"
    for server in found:
        server.shutdown()
        server.server_close()


@pytest.fixture(params=["cpython", "micropython"])
def run(request):
    """Return a function that runs a transfer and returns what it prints."""
    cpython = request.param == "cpython"
    command = [sys.executable] if cpython else [str(MICROPYTHON), "-X", "heapsize=2M"]
    env = cpython_environment() if cpython else micropython_environment()

    def call(*arguments) -> list[str]:
        words = [*command, str(SCRIPT), *[str(argument) for argument in arguments]]
        done = subprocess.run(
            words, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=True
        )
        return done.stdout.splitlines()

    return call


def test_firmware_comes_over_http_and_https(servers, run, tmp_path):
    plain, secure, ca = servers
    expected = [hashlib.sha256(FIRMWARE).hexdigest() + " 300000", "done 200 "]
    path = tmp_path / "firmware"
    for url in ("http://127.0.0.1:%d/firmware", "http://127.0.0.1:%d/chunked"):
        assert run("get", url % plain.server_port, path) == expected
        assert Path(str(path) + ".new").read_bytes() == FIRMWARE
    assert run("get", "https://localhost:%d/firmware" % secure.server_port, path, ca) == expected


def test_downloads_that_fail(servers, run, tmp_path):
    plain, secure, _ = servers
    path = tmp_path / "firmware"
    port = plain.server_port
    assert run("get", "http://127.0.0.1:%d/nothing" % port, path)[-1] == "failed 404 the server answers 404"
    assert run("get", "http://127.0.0.1:%d/cut" % port, path)[-1].startswith("failed 200 ")
    assert run("get", "http://127.0.0.1:1/", path)[-1].startswith("failed 0 connection refused")
    # Somebody else's certificate.
    other = certificate(tmp_path).parent / "ca.pem"
    line = run("get", "https://localhost:%d/firmware" % secure.server_port, path, other)[-1]
    assert line.startswith("failed 0 ") and "certificate" in line


def test_a_log_goes_out(servers, run, tmp_path):
    plain, secure, ca = servers
    path = tmp_path / "log.txt"
    text = "".join(["%d line \u00e9\n" % number for number in range(3000)])
    path.write_text(text)
    url = "http://me:secret@127.0.0.1:%d/logs/" % plain.server_port
    assert run("put", url, path)[-1] == "done 201 "
    assert FILES["/logs/log.txt"].decode() == text.replace("\n", "")
    url = "https://me:secret@localhost:%d/put" % secure.server_port
    assert run("put", url, path, ca)[-1] == "done 201 "
    assert FILES["/put"].decode() == text.replace("\n", "")
    assert run("put", url.replace("secret", "other"), path, ca)[-1] == "failed 401 the server answers 401"
