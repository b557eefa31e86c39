"""Where the station connects to by its settings, and how messages of several pieces go out."""

import sys

sys.path.append("host_tests/core")

from ocpp_station_bench import Named

from evse.services.ocpp import connect, link


class Settings:
    def __init__(self, **values) -> None:
        self.values = {
            "OcppMode": 1,
            "OcppUrl": "",
            "OcppAccount": "",
            "OcppId": "",
            "OcppKey": "",
            "OcppTls": 0,
        }
        self.values.update(values)

    def get(self, key):
        return self.values[key]

    text = get


def address(**values):
    return connect.address(Named(settings=Settings(**values), board=Named(serial_number=4711)))


def refusal(**values) -> str:
    try:
        address(**values)
    except ValueError as error:
        return str(error)
    return ""


def test_addresses():
    assert address(OcppUrl="ws://csms.lan:9000") == "ws://csms.lan:9000/4711"
    assert address(OcppUrl="wss://csms.lan/ocpp/", OcppId="Garage-1") == "wss://csms.lan/ocpp/Garage-1"
    assert address(OcppUrl="ws://csms.lan/a?key=1", OcppId="B") == "ws://csms.lan/a/B?key=1"
    account = "0123456789abcdef"
    wanted = "ws://www.ecarup.com/api/Ocpp16/0123456789abcdef/4711"
    assert address(OcppMode=2, OcppAccount=account, OcppUrl="ws://other") == wanted
    assert refusal() == "OCPP URL is empty"
    assert refusal(OcppMode=2, OcppUrl="ws://other") == "OCPP ACC is empty"


def test_a_message_is_one_frame_unless_it_is_long():
    size, pieces = link._packed(iter(["[3,", "", '"ä",', "{}]"]))
    assert b"".join(pieces) == '[3,"ä",{}]'.encode() and size == len(b"".join(pieces))
    long = ["x" * 1000 for _ in range(10)]
    found = link._packed(iter(long))
    assert not isinstance(found, tuple)
    assert b"".join(found) == b"x" * 10000


class Client:
    """Takes every message, and what is expected of the server."""

    def __init__(self) -> None:
        self.sent: list = []
        self.expected: list = []

    def set_ping(self, every_s) -> None:
        self.every_s = every_s

    def expect(self, within_s) -> None:
        self.expected.append(within_s)

    def offer(self, message) -> bool:
        self.sent.append(message)
        return True


def test_every_call_wants_a_sign_of_life():
    values = {"WebSocketPingInterval": 0, "MessageTimeout": 30}
    security = Named(profile=0, url=lambda url: url)
    config = Named(get=lambda name: values[name], authorization_key=lambda: b"")
    app = Named(
        settings=Settings(OcppUrl="ws://csms.lan"),
        board=Named(serial_number=1, clock=Named()),
        net=None,
        authority_changes=0,
        loader=Named(load=print),
    )
    one = link.Link(app, Named(config=config), Named(security=security))
    client = one.client = Client()  # pyright: ignore[reportAttributeAccessIssue]
    one.step()
    answers = ['[3,"1",{}]', iter(["[3,", "{}]"]), iter(["x" * 1000 for _ in range(10)])]
    for message in answers:
        one.put(message)
    assert client.expected == [] and len(client.sent) == 3 and client.every_s == 0
    for message in ('[2,"1","Heartbeat",{}]', iter(["[2,", '"1","MeterValues",', "{}]"])):
        one.put(message)
    assert client.expected == [30, 30]
    # While the charge point rests nothing is different.
    one.rest(lambda message: True)
    one.put('[2,"2","Heartbeat",{}]')
    assert client.expected == [30, 30, 30]
