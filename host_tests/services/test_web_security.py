"""Who may do what over HTTP: set-up, logins, tokens, roles, forged requests, secrets, old clients."""

import hashlib
import json
import re
import socket
import threading
import time

import ocpp_ca
import ocpp_certificates as made
import pytest
from web_station import CARD, INSTALLER_PASSWORD, PASSWORD, WebStation

CHANGING = [
    ("POST", "/settings?mode=4"),
    ("POST", "/currents?L1=1&L2=1&L3=1"),
    ("POST", "/ev_meter?L1=1&L2=1&L3=1"),
    ("POST", "/color_off?R=1&G=1&B=1"),
    ("POST", "/cablelock?1"),
    ("POST", "/rfid?rfid=" + CARD),
    ("POST", "/reboot"),
    ("GET", "/reboot"),
    ("POST", "/erasesettings"),
    ("PATCH", "/api/v1/settings"),
    ("POST", "/api/v1/restore"),
    ("POST", "/api/v1/requests"),
    ("PUT", "/api/v1/cards"),
    ("PUT", "/api/v1/cards/" + CARD),
    ("DELETE", "/api/v1/cards/" + CARD),
    ("PUT", "/api/v1/picture"),
    ("DELETE", "/api/v1/picture"),
    ("PUT", "/api/v1/ocpp_ca"),
    ("DELETE", "/api/v1/ocpp_ca"),
    ("PUT", "/api/v1/ocpp_client"),
    ("DELETE", "/api/v1/ocpp_client"),
    ("PUT", "/api/v1/accounts/eve"),
    ("DELETE", "/api/v1/accounts/owner"),
    ("PUT", "/api/v1/tokens/eve"),
    ("DELETE", "/api/v1/tokens/eve"),
]
PRIVATE = [
    "/api/v1/settings",
    "/api/v1/backup",
    "/api/v1/meters",
    "/api/v1/health",
    "/api/v1/log",
    "/api/v1/sessions",
    "/api/v1/sessions.csv",
    "/api/v1/cards",
    "/api/v1/accounts",
    "/api/v1/tokens",
    "/api/v1/picture",
]


@pytest.fixture
def fresh(tmp_path):
    """A station that nobody has set up."""
    with WebStation(tmp_path) as station:
        yield station


@pytest.fixture(scope="module")
def station(tmp_path_factory):
    """A station with an owner and an installer, logged in as the owner."""
    with WebStation(tmp_path_factory.mktemp("web"), "LCD PIN=4711") as station:
        assert station.set_up(installer=True).status == 200
        yield station


def state_of(station: WebStation) -> dict:
    """Return what a request may not have changed."""
    return {
        "settings": {row["key"]: row["value"] for row in station.bench("/settings")},
        "access": station.bench("/status")["access"],
        "starts": station.starts,
    }


@pytest.mark.parametrize("method, path", CHANGING)
def test_nothing_changes_without_a_login(station, method, path):
    before = state_of(station)
    answer = station.call(method, path, {"MAX": 6})
    assert answer.status == 401 and answer.json["error"]
    assert state_of(station) == before


@pytest.mark.parametrize("path", PRIVATE)
def test_private_pages_need_a_login(station, path):
    assert station.call("GET", path).status == 401
    assert station.own("GET", path).status == 200


def test_a_guest_sees_the_state_only(station):
    guest = station.call("GET", "/api/v1/status").json
    assert guest["state"] == "A" and "rfid.last" not in guest and "mains.sum_ma" not in guest
    assert "rfid.last" in station.own("GET", "/api/v1/status").json


def test_first_password_needs_the_code_of_the_display_and_is_set_once(fresh):
    assert fresh.call("GET", "/api/v1/session").json["setup"] is True
    assert fresh.call("POST", "/api/v1/login", {"password": ""}).status == 401
    assert fresh.call("POST", "/api/v1/login", {"password": "admin123"}).status == 401
    wrong = "%08d" % ((int(fresh.code) + 1) % 10**8)
    for code in ("", wrong, 7, None):
        answer = fresh.call("POST", "/api/v1/setup", {"password": PASSWORD, "code": code})
        assert (answer.status, answer.json["field"]) == (400, "code"), answer
    answer = fresh.call("POST", "/api/v1/setup", {"password": "short", "code": fresh.code})
    assert (answer.status, answer.json["field"]) == (400, "password")
    assert fresh.set_up().status == 200
    assert fresh.call("POST", "/api/v1/setup", {"password": PASSWORD, "code": fresh.code}).status == 409
    assert fresh.own("GET", "/api/v1/settings").status == 200


def test_password_survives_a_restart_and_a_login_does_not(fresh):
    fresh.set_up()
    starts = fresh.starts
    assert fresh.own("POST", "/api/v1/requests", {"request": ["restart"]}).status == 200
    fresh.wait(lambda: fresh.starts > starts)
    assert fresh.own("GET", "/api/v1/settings").status == 401
    assert fresh.log_in("wrong password").status == 401
    assert fresh.log_in().status == 200
    kept = max(fresh.data.glob("web.[01]"), key=lambda path: path.stat().st_mtime_ns).read_bytes()
    assert PASSWORD.encode() not in kept and b"owner" in kept
    row = json.JSONDecoder().raw_decode(kept[kept.index(b"{") :].decode())[0]["accounts"]["owner"]
    key = hashlib.pbkdf2_hmac("sha256", PASSWORD.encode(), bytes.fromhex(row[2]), row[1])
    assert key.hex() == row[3] and row[1] >= 1000


def test_cookie_is_out_of_reach_of_scripts_and_other_pages(station):
    answer = station.log_in()
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and "Path=/" in cookie
    assert re.fullmatch(r"microevse=[0-9a-f]{32}", cookie.split(";")[0])
    assert station.csrf not in cookie
    for name in ("cache-control", "x-content-type-options", "x-frame-options"):
        assert name in answer.headers


@pytest.mark.parametrize("method, path", [row for row in CHANGING if row[0] != "GET"])
def test_a_cookie_alone_changes_nothing(station, method, path):
    before = state_of(station)
    assert station.call(method, path, {"MAX": 6}, Cookie=station.cookie).status == 403
    wrong = {"Cookie": station.cookie, "X_CSRF_Token": "0" * 32}
    assert station.call(method, path, {"MAX": 6}, **wrong).status == 403
    assert state_of(station) == before


def test_requests_from_other_pages_are_refused(station):
    body = {"request": ["access", "off"]}
    assert station.own("POST", "/api/v1/requests", body, Origin="http://evil.example").status == 403
    own = f"http://127.0.0.1:{station.port}"
    assert station.own("POST", "/api/v1/requests", body, Origin=own).status == 200
    assert station.own("POST", "/api/v1/requests", {"request": ["access", "on"]}).status == 200


def test_logout_ends_the_login(station):
    station.log_in()
    old = {"Cookie": station.cookie, "X_CSRF_Token": station.csrf}
    assert station.own("POST", "/api/v1/logout").json == {"role": "guest"}
    assert station.call("GET", "/api/v1/settings", **old).status == 401
    station.log_in()


def test_old_clients_change_nothing_until_the_owner_allows_it_and_a_browser_never(station):
    assert station.call("POST", "/settings?mode=4").status == 401
    assert station.own("PATCH", "/api/v1/settings", {"LEGACY": "Read and set"}).status == 200
    try:
        assert station.own("GET", "/api/v1/status").json["web.legacy"] == "Read and set"
        assert station.call("POST", "/settings?mode=4").json == {"mode": "4"}
        assert station.call("POST", "/settings?mode=1", Origin="http://evil.example").status == 403
        same = f"http://127.0.0.1:{station.port}"
        assert station.call("POST", "/settings?mode=1", Origin=same).status == 403
        assert station.call("GET", "/reboot").status == 401
        assert station.call("POST", "/erasesettings").status == 401
        # The switch is not its own key.
        assert station.call("PATCH", "/api/v1/settings", {"LEGACY": "Off"}).status == 401
        assert station.call("POST", "/settings?mode=1").json == {"mode": "1"}
    finally:
        station.own("PATCH", "/api/v1/settings", {"LEGACY": "Off"})
    assert station.call("GET", "/settings").status == 401
    assert station.own("GET", "/settings").status == 200
    assert station.own("PATCH", "/api/v1/settings", {"LEGACY": "Read"}).status == 200
    assert station.call("GET", "/settings").status == 200


def test_a_token_is_a_program_of_its_role(station):
    token = station.own("PUT", "/api/v1/tokens/evcc", {}).json["token"]
    bearer = {"Authorization": "Bearer " + token}
    assert station.call("POST", "/settings?mode=4", **bearer).json == {"mode": "4"}
    assert station.call("POST", "/settings?mode=1", **bearer).json == {"mode": "1"}
    assert station.call("GET", "/api/v1/settings", **bearer).status == 200
    assert station.call("PATCH", "/api/v1/settings", {"MAX": 14}, **bearer).status == 200
    # A program is a remote client: what is set at the station, accounts and tokens are not for it.
    for body in ({"LEGACY": "Read and set"}, {"LCD PIN": 1}, {"INST MAX": 40}):
        assert station.call("PATCH", "/api/v1/settings", body, **bearer).status == 400
    assert station.call("PUT", "/api/v1/tokens/more", {}, **bearer).status == 403
    assert station.call("PUT", "/api/v1/accounts/eve", {"password": PASSWORD}, **bearer).status == 403
    assert station.call("DELETE", "/api/v1/accounts/owner", **bearer).status == 403
    for wrong in (token[:-1] + "x", token.upper(), "", "x" * 5000):
        assert station.call("GET", "/api/v1/settings", Authorization="Bearer " + wrong).status in (401, 431)
    assert token not in station.own("GET", "/api/v1/tokens").body.decode()
    assert station.own("DELETE", "/api/v1/tokens/evcc").status == 200
    assert station.call("GET", "/api/v1/settings", **bearer).status == 401
    assert station.own("DELETE", "/api/v1/tokens/evcc").status == 404


def test_roles(station):
    assert (
        station.own("PUT", "/api/v1/accounts/anna", {"password": "annas password", "cards": [CARD]}).status
        == 200
    )
    owner = (station.cookie, station.csrf)
    try:
        assert station.log_in("annas password", "anna").json["role"] == "driver"
        assert station.own("GET", "/api/v1/sessions").json == []
        for path in [path for path in PRIVATE if "sessions" not in path]:
            assert station.own("GET", path).status == 403
        for body in ({"MAX": 6}, {}):
            assert station.own("PATCH", "/api/v1/settings", body).status == 403
        assert "mains.sum_ma" not in station.own("GET", "/api/v1/status").json
        # The own password, and nothing else of an account.
        assert station.own("PUT", "/api/v1/accounts/anna", {"role": "user"}).status == 403
        assert station.own("PUT", "/api/v1/accounts/anna", {"cards": []}).status == 403
        assert station.own("PUT", "/api/v1/accounts/owner", {"password": "taken over!"}).status == 403
        assert station.own("PUT", "/api/v1/accounts/anna", {"password": "another one"}).status == 200
        assert station.log_in("annas password", "anna").status == 401
        assert station.log_in("another one", "anna").status == 200
        anna = (station.cookie, station.csrf)
        station.cookie, station.csrf = owner
        assert station.own("PATCH", "/api/v1/settings", {"INST MAX": 20}).status == 400
        assert station.own("PUT", "/api/v1/accounts/installer", {"password": "taken over!"}).status == 403
        assert (
            station.own("PUT", "/api/v1/accounts/two", {"password": "x" * 8, "role": "installer"}).status
            == 403
        )
        assert station.own("DELETE", "/api/v1/accounts/installer").status == 403
        assert station.own("DELETE", "/api/v1/accounts/anna").status == 200
        station.cookie, station.csrf = anna
        assert station.own("GET", "/api/v1/sessions").status == 401
        assert station.log_in(INSTALLER_PASSWORD, "installer").json["role"] == "installer"
        assert station.own("PATCH", "/api/v1/settings", {"INST MAX": 20}).json == {
            "changed": {"InstallerMax": 20}
        }
        assert station.own("PATCH", "/api/v1/settings", {"INST MAX": 32}).status == 200
        assert station.own("DELETE", "/api/v1/accounts/nobody").status == 404
    finally:
        station.cookie, station.csrf = owner


def test_the_authority_of_the_back_end_is_the_installers(station):
    url = "/api/v1/ocpp_ca"
    pem = made.CENTRAL.encode()
    kept = station.data / "ocpp.ca.pem"
    assert station.call("GET", url).status == 401 and station.own("GET", url).status == 404
    assert station.own("PUT", url, pem).status == 403 and station.own("DELETE", url).status == 403
    owner = (station.cookie, station.csrf)
    try:
        assert station.log_in(INSTALLER_PASSWORD, "installer").status == 200
        assert station.own("PUT", url, pem + made.CENTRAL_RSA.encode()).json == {"certificates": 2}
        assert station.own("PUT", url, pem).json == {"certificates": 1} and kept.read_bytes() == pem
        for bad in (b"", b"no certificate", pem[:100], pem.replace(b"MII", b"AAA"), pem + b"x" * 8000):
            answer = station.own("PUT", url, bad)
            assert answer.status in (400, 413) and answer.json["error"], answer
        assert station.own("GET", url).body == pem
        station.bench("/world", {"car.pilot": "C"})
        station.wait(lambda: station.bench("/status")["c1.closed"])
        for method, body in (("PUT", pem), ("DELETE", None)):
            answer = station.own(method, url, body)
            assert answer.status == 409 and answer.json["error"] == "not while the station is charging"
        station.bench("/world", {"car.pilot": "A"})
        station.wait(lambda: station.own("DELETE", url).json == {"certificates": 0})
        assert not kept.exists() and station.own("GET", url).status == 404
    finally:
        station.cookie, station.csrf = owner


def test_the_certificate_for_the_back_end_is_the_installers_and_nobody_reads_it(station):
    url = "/api/v1/ocpp_client"
    pair = ocpp_ca.Holder("SN-0001", ca=False).pair.encode()
    kept = station.data / "ocpp.client.pem"
    assert station.own("PUT", url, pair).status == 403 and station.own("DELETE", url).status == 403
    owner = (station.cookie, station.csrf)
    try:
        assert station.log_in(INSTALLER_PASSWORD, "installer").status == 200
        assert station.own("PUT", url, pair).json == {"certificates": 1} and kept.read_bytes() == pair
        assert station.own("GET", url).status in (404, 405)
        for bad in (b"", b"no certificate", made.CLIENT.encode(), pair[:-100], pair.replace(b"MHc", b"AAA")):
            answer = station.own("PUT", url, bad)
            assert answer.status == 400 and answer.json["error"].startswith("not a certificate"), answer
        assert kept.read_bytes() == pair
        assert station.own("DELETE", url).json == {"certificates": 0} and not kept.exists()
    finally:
        station.cookie, station.csrf = owner


def test_settings_change_together_or_not_at_all_with_an_error_for_each_field(station):
    before = state_of(station)["settings"]
    answer = station.own(
        "PATCH", "/api/v1/settings", {"MAX": 16, "MIN": 99, "NAME": "x" * 99, "NO SUCH": 1, "MODE": "Turbo"}
    )
    assert answer.status == 400 and set(answer.json["errors"]) == {"MIN", "NAME", "NO SUCH", "MODE"}
    answer = station.own("PATCH", "/api/v1/settings", {"MAX": 6, "MIN": 16})
    assert answer.status == 400 and answer.json["errors"] == {"MIN": "must not be above MAX"}
    assert state_of(station)["settings"] == before
    answer = station.own("PATCH", "/api/v1/settings", {"MAX": 16, "MIN": 10})
    assert answer.json == {"changed": {"MaxCurrent": 16, "MinCurrent": 10}}
    station.own("PATCH", "/api/v1/settings", {"MAX": 13, "MIN": 6})


def test_secrets_are_written_and_never_shown(station):
    token = station.own("PUT", "/api/v1/tokens/seen", {}).json["token"]
    answer = station.own("PATCH", "/api/v1/settings", {"LCD PIN": 8642})
    assert answer.json == {"changed": {"LCDPin": None}}
    row = next(row for row in station.own("GET", "/api/v1/settings").json if row["key"] == "LCDPin")
    assert row["value"] is None and row["secret"] is True
    assert next(row for row in station.bench("/settings") if row["key"] == "LCDPin")["value"] is None
    seen = ""
    for path in [*PRIVATE, "/settings", "/api/v1/status", "/api/v1", "/api/v1/session", "/"]:
        seen += station.own("GET", path).body.decode()
    seen += "\n".join(line for line in station.lines if "Set-up code" not in line)
    for secret in ("8642", "4711", token, PASSWORD, INSTALLER_PASSWORD, station.cookie.split("=")[1]):
        assert secret not in seen, secret
    assert station.code not in seen
    station.own("DELETE", "/api/v1/tokens/seen")


def test_a_backup_restores_settings_without_secrets(station):
    station.own("PATCH", "/api/v1/settings", {"MAX": 20, "NAME": "Hof", "LCD PIN": 1357})
    saved = station.own("GET", "/api/v1/backup").json
    assert saved["settings"]["MaxCurrent"] == 20 and saved["settings"]["StationName"] == "Hof"
    assert "LCDPin" not in saved["settings"]
    station.own("PATCH", "/api/v1/settings", {"MAX": 10, "NAME": "Garage"})
    assert station.own("POST", "/api/v1/restore", saved).status == 200
    rows = {row["key"]: row["value"] for row in station.own("GET", "/api/v1/settings").json}
    assert (rows["MaxCurrent"], rows["StationName"]) == (20, "Hof")
    bad = {**saved, "settings": {**saved["settings"], "MaxCurrent": 99, "StationName": "Not so"}}
    assert station.own("POST", "/api/v1/restore", bad).json["errors"] == {
        "MaxCurrent": "must be from 6 to 80 A"
    }
    for body in ({}, {"format": "x"}, {**saved, "version": 2}, {**saved, "settings": []}, [], "x"):
        assert station.own("POST", "/api/v1/restore", body).status == 400
    rows = {row["key"]: row["value"] for row in station.own("GET", "/api/v1/settings").json}
    assert (rows["MaxCurrent"], rows["StationName"]) == (20, "Hof")
    station.own("PATCH", "/api/v1/settings", {"MAX": 13, "NAME": "microEVSE"})


def test_wrong_passwords_lock_out_for_ever_longer(fresh):
    fresh.set_up()
    found = [fresh.log_in(f"wrong {number}").status for number in range(6)]
    assert found == [401] * 5 + [429]
    answer = fresh.log_in()
    assert answer.status == 429 and 0 < int(answer.headers["retry-after"]) <= 30
    # Who is in stays in.
    assert fresh.own("GET", "/api/v1/settings").status == 200


@pytest.mark.alone
def test_two_logins_at_once_do_not_hold_the_loop(station):
    worst = []
    stop = threading.Event()

    def watch():
        while not stop.is_set():
            begin = time.monotonic()
            station.call("GET", "/api/v1")
            worst.append(time.monotonic() - begin)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        assert station.call("POST", "/api/v1/login", {"password": PASSWORD}).status == 200
    finally:
        stop.set()
        thread.join()
    assert len(worst) > 20 and sorted(worst)[len(worst) * 9 // 10] < 0.2


def test_accounts_are_not_written_while_a_contactor_is_closed(station):
    station.bench("/world", {"car.pilot": "C"})
    try:
        station.wait(lambda: station.bench("/status")["c1.closed"])
        answer = station.own("PUT", "/api/v1/accounts/bert", {"password": "berts password"})
        assert answer.status == 409 and "charging" in answer.json["error"]
        assert station.own("PUT", "/api/v1/cards/" + CARD).status == 409
    finally:
        station.bench("/world", {"car.pilot": "A"})
    station.wait(lambda: not station.bench("/status")["c1.closed"])


@pytest.mark.parametrize(
    "data, status",
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET /settings\r\n\r\n", 400),
        (b"GET  /settings HTTP/1.1\r\n\r\n", 400),
        (b"GET settings HTTP/1.1\r\n\r\n", 400),
        (b"GET http://x/ HTTP/1.1\r\n\r\n", 400),
        (b"G\x00T /settings HTTP/1.1\r\n\r\n", 400),
        (b"GET /\xff\xfe HTTP/1.1\r\n\r\n", 400),
        (b"GET /%zz HTTP/1.1\r\n\r\n", 404),
        (b"GET /settings HTTP/2.0\r\n\r\n", 505),
        (b"GET /settings HTTP/1.1\r\nHost\r\n\r\n", 400),
        (b"GET /settings HTTP/1.1\r\n: x\r\n\r\n", 400),
        (b"GET /settings HTTP/1.1\r\nA b: x\r\n\r\n", 400),
        (b"GET /settings HTTP/1.1\r\nX: y\r\n folded\r\n\r\n", 400),
        (b"GET /settings HTTP/1.1\r\nX: " + b"y" * 5000 + b"\r\n\r\n", 431),
        (b"GET /settings HTTP/1.1\r\n" + b"X: y\r\n" * 100 + b"\r\n", 431),
        (b"GET /" + b"x" * 4500 + b" HTTP/1.1\r\n\r\n", 414),
        (b"POST /settings HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST /settings HTTP/1.1\r\nContent-Length: x\r\n\r\n", 400),
        (b"POST /settings HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        (b"POST /settings HTTP/1.1\r\nContent-Length: 9999999999\r\n\r\n", 413),
        (b"POST /settings HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 501),
        (b"BREW /settings HTTP/1.1\r\n\r\n", 405),
        (b"GET /no/such HTTP/1.1\r\n\r\n", 404),
        (b"POST /api/v1/login HTTP/1.1\r\nContent-Length: 5000\r\n\r\n" + b" " * 5000, 413),
    ],
)
def test_what_is_no_proper_request_gets_a_clean_answer(station, data, status):
    answer = station.exchange(data)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.split()[:2] == [b"HTTP/1.0", str(status).encode()], answer
    assert set(json.loads(body)) == {"error", "field"}


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"7", b"null", b'"x"', b"\xff", b"[" * 400, b'{"password": 7}']
)
def test_bodies_that_make_no_sense_are_refused(station, body):
    answer = station.call("POST", "/api/v1/login", body)
    assert answer.status == 400 and answer.json["error"]


@pytest.mark.alone
def test_the_ninth_client_gets_a_clean_503_and_room_comes_back(station):
    links = [socket.create_connection(("127.0.0.1", station.port), timeout=10) for _ in range(8)]
    try:
        for link in links:
            link.sendall(b"GET /settings HTTP/1.1\r\n")
        time.sleep(0.3)
        head, _, body = station.exchange(b"GET /settings HTTP/1.1\r\nHost: x\r\n\r\n").partition(b"\r\n\r\n")
        assert head.split()[1] == b"503" and b"Retry-After" in head and json.loads(body)["error"]
        lag_ms = station.bench("/status")["loop.worst_lag_ms"]
        assert lag_ms < 200
    finally:
        for link in links:
            link.close()
    time.sleep(0.2)
    assert station.call("GET", "/settings").status == 200


def test_slow_and_half_open_clients_are_dropped(station):
    slow = socket.create_connection(("127.0.0.1", station.port), timeout=30)
    half = socket.create_connection(("127.0.0.1", station.port), timeout=30)
    body = socket.create_connection(("127.0.0.1", station.port), timeout=30)
    body.sendall(b"POST /api/v1/login HTTP/1.1\r\nContent-Length: 100\r\n\r\n{")
    begin = time.monotonic()
    slow.settimeout(0.5)
    dropped = 0.0
    for byte in b"GET /settings HTTP/1.1\r\nX: " + b"y" * 100:
        try:
            slow.sendall(bytes([byte]))
            if slow.recv(100) == b"":
                dropped = time.monotonic() - begin
                break
        except TimeoutError:
            continue
        except OSError:
            dropped = time.monotonic() - begin
            break
    assert 5 < dropped < 20
    assert half.recv(10) == b"" and time.monotonic() - begin < 20
    assert body.recv(1000).split()[1:2] in ([], [b"408"])
    for link in (slow, half, body):
        link.close()
    station.wait(lambda: station.own("GET", "/api/v1/health").json["connections"] == 1)
