"""The joints of the station at a broker: certificates, names, and when it may connect."""

import ssl
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mqtt_broker import make_certificates
from mqtt_station_bench import PREFIX, Memory, Rig

from evse.app import App
from evse.core.errors import FieldError
from evse.services.mqtt import authority, commands, service
from evse.services.mqtt.isrg_root import isrg_root_x1
from simworld.sim_board import SimBoard, VirtualClock
from sockets.errors import NAME_NOT_FOUND, LinkError


@pytest.fixture
def app(tmp_path: Path) -> App:
    app = App(SimBoard(VirtualClock(), None, str(tmp_path)), lambda name, schema: Memory())
    app.change_settings({"MQTT HOST": "broker.lan", "MQTT USER": "me", "MQTT PASS": "secret"})
    return app


def run(app: App, duration_ms: int) -> None:
    clock = app.board.clock._source
    for _ in range(duration_ms // 10):
        clock.now = (clock.now + 10) & 0x3FFFFFFF
        app.control.tick(clock.now)


def test_a_tls_handshake_waits_for_an_open_contactor_and_the_time(app: App) -> None:
    run(app, 100)
    plain = service.Mqtt(app)
    assert plain.client.may_connect is None
    secure = service.Mqtt(app, ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
    may_connect = secure.client.may_connect
    assert may_connect is not None and not may_connect()
    assert secure.error == "the time is not known yet"
    app.board.world.set({"clock.utc": "2026-06-01T10:00:00Z"})
    assert may_connect() and secure.error == "connecting"
    app.board.world.set({"car.pilot": "B", "car.auto": True})
    run(app, 8000)
    assert app.control.outputs.c1 and not may_connect()
    app.board.world.set({"car.pilot": "A"})
    run(app, 2000)
    assert may_connect()


def test_the_prefix(app: App) -> None:
    assert service.Mqtt(app).publisher.prefix == "SmartEVSE/1"
    app.board.serial_number = 12345
    assert service.Mqtt(app).publisher.prefix == "SmartEVSE/12345"
    app.change_settings({"MQTT PREF": PREFIX})
    assert service.Mqtt(app).publisher.prefix == PREFIX
    for text in ("a/#", "+", "/a", "a/", " a", "a\n"):
        with pytest.raises(FieldError):
            app.change_settings({"MQTT PREF": text})
    for text in ("a b", "a,b", "-a", "1.2.3", "http://a"):
        with pytest.raises(FieldError):
            app.change_settings({"MQTT HOST": text})
    for text in ("10.0.0.1", "broker", "broker.example.org", ""):
        app.change_settings({"MQTT HOST": text})


def test_the_password_is_nowhere(app: App) -> None:
    described = {row["key"]: row for row in app.settings.describe()}
    assert described["MQTTpassword"]["value"] is None and described["MQTTpassword"]["secret"]
    status: dict = {}
    app.status(status)
    assert "secret" not in str(status)


class Resolver:
    address = problem_text = ""

    def look_up(self, name: str, now_ms: int) -> str:
        return self.address

    def problem(self, name: str) -> str:
        return self.problem_text


def test_names(app: App) -> None:
    resolver = Resolver()
    names = service.Names(resolver, app.board.clock)
    assert names.look_up("broker.lan", 1883) is None
    resolver.problem_text = "no such name"
    with pytest.raises(LinkError, match=r"name not found: broker.lan \(no such name\)") as error:
        names.look_up("broker.lan", 1883)
    assert error.value.code == NAME_NOT_FOUND
    resolver.address = "127.0.0.1"
    entry = names.look_up("broker.lan", 1883)
    assert entry is not None and entry[-1] == ("127.0.0.1", 1883)


def test_certificates(tmp_path: Path) -> None:
    pem = (make_certificates(tmp_path / "made") / "ca.pem").read_bytes()
    root = str(tmp_path)
    assert authority.load(root) == b""
    assert authority.context(root, True).verify_mode == ssl.CERT_REQUIRED
    assert authority.context(root, False).verify_mode == ssl.CERT_NONE
    names = authority.context(root, True).get_ca_certs()
    assert ("commonName", "ISRG Root X1") in [part[0] for part in names[0]["subject"]]
    assert len(isrg_root_x1()) == 1391
    authority.keep(root, pem + pem)
    assert authority.load(root) == pem + pem
    assert len(authority.context(root, True).get_ca_certs()) == 1
    for bad in (b"no certificate", pem[:100], pem.replace(b"MII", b"AAA"), b"x" * 9000, pem[: len(pem) // 2]):
        with pytest.raises(FieldError):
            authority.keep(root, bad)
        assert authority.load(root) == pem + pem
    authority.keep(root, b"")
    authority.keep(root, b"")
    assert authority.load(root) == b"" and not list(tmp_path.glob("*.new"))


NAMES = [line.split("|")[0] for line in commands.WORDS.splitlines()]
NAMES += "Mode CurrentOverride MainsMeter EVMeter CircuitMeter HomeBatteryCurrent ColorOff RFID DelayedStart".split()
NAMES += (
    "CurrentMaxSumMains CPPWMOverride MAX intervals_json TIMEZONE NAME MAINS_MET OCPP_URL TIME_SRV".split()
)
# Digits of other scripts are digits to Python, but not to the station.
NUMBERS = st.text("0123456789-+.:,;٣²x ", max_size=24)
GOOD = """Mode|Solar Mode|Off Enable|On Access|Pause CurrentOverride|100 MainsMeter|100:-50:0 MainsMeter|1:2:3:4:5
EVMeter|1:2:3:1300:5000 CircuitMeter|1:2:3 HomeBatteryCurrent|-100 ColorOff|1,2,3 MAX|16 MIN|6 START|3 MAINS_MET|API
DelayedStart|2030-06-01T14:00,2030-06-02T13:00 DelayedStart|0 Stop|PRESS EnableC2|4 Phases|1 NAME|Garage
CustomButton|On CurrentMaxSumMains|25 CPPWMOverride|-1 CAP_MODE|Flanders TIMEZONE|CET-1CEST,M3.5.0,M10.5.0/3"""


def mutate(good: str, at: int, drop: int, insert: str) -> tuple[str, bytes]:
    name, _, payload = good.partition("|")
    return name, (payload[:at] + insert + payload[at + drop :]).encode("utf-8", "surrogatepass")


MUTATED = st.builds(
    mutate,
    st.sampled_from(GOOD.split()),
    st.integers(0, 30),
    st.integers(0, 2),
    st.sampled_from(["", "", "1", ":", "²"]),
)
PAYLOADS = st.one_of(
    NUMBERS.map(str.encode),
    st.lists(st.integers(-(2**40), 2**40), max_size=6).map(
        lambda values: ":".join(map(str, values)).encode()
    ),
    st.text(max_size=40).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.binary(max_size=60),
)
STRANGE = st.tuples(st.one_of(st.sampled_from(NAMES), st.text(max_size=20)), PAYLOADS)


def test_no_message_gets_out_of_hand() -> None:
    """Whatever arrives is carried out or refused with a reason: nothing is raised, and no limit is passed."""
    rig = Rig(MAINS_MET="API", EV_METER="API", CIRCT_MET="API")
    counted = 0

    @settings(max_examples=4000)
    @given(st.one_of(MUTATED, MUTATED, STRANGE), st.integers(0, 9))
    def send(message: tuple[str, bytes], dice: int) -> None:
        nonlocal counted
        counted += 1
        del rig.client.sent[:]
        rejected = rig.publisher.rejected
        name, payload = message
        topic = f"{PREFIX}/Set/{name}".encode("utf-8", "replace")
        rig.publisher.receive(topic, payload, dice == 0)
        told = [text for topic, text, _ in rig.client.sent if topic == "SetError"]
        assert len(told) == rig.publisher.rejected - rejected <= 1
        config = rig.app.station.config
        assert 6000 <= config.max_ma <= 80000 and config.installer_ma == 32000
        override_ma = rig.app.station.regulation.override_ma
        assert override_ma == 0 or 6000 <= override_ma

    send()
    rig.talk(2000)
    print(f"\n{counted} messages, {rig.publisher.rejected} refused")
    assert counted >= 4000 and 1000 < rig.publisher.rejected < counted - 200
