"""Looking names up (RFC 1035): packets, the resolver that never waits, and the server that answers every name."""

from net_bench import Clock, Network

from dns import message, names, server
from dns.resolver import Resolver

NAME = "pool.test"


def labels(name):
    return b"".join([bytes((len(label),)) + label.encode() for label in name.split(".")]) + b"\0"


def record(owner, kind, value, ttl_s=300):
    head = owner if isinstance(owner, bytes) else labels(owner)
    ttl = bytes((ttl_s >> 24 & 255, ttl_s >> 16 & 255, ttl_s >> 8 & 255, ttl_s & 255))
    return head + bytes((0, kind, 0, 1)) + ttl + bytes((len(value) >> 8, len(value) & 255)) + value


def address(owner, text, ttl_s=300):
    return record(owner, 1, bytes([int(part) for part in text.split(".")]), ttl_s)


def alias(owner, target, ttl_s=300):
    return record(owner, 5, target if isinstance(target, bytes) else labels(target), ttl_s)


def answer(query, *records, code=0, flags=0x80):
    """Return an answer to a query."""
    return (
        query[:2]
        + bytes((0x81 if flags else 1, 0x80 | code, 0, 1, 0, len(records), 0, 0, 0, 0))
        + query[12:]
        + b"".join(records)
    )


def test_a_query():
    assert message.query("a.bc", 0x1234) == b"\x12\x34\1\0\0\1\0\0\0\0\0\0\1a\2bc\0\0\1\0\1"
    for name in ("", "a..b", "x" * 64 + ".test", "münchen.test", "a b.test", ".".join(["x" * 60] * 5)):
        try:
            message.query(name, 1)
        except ValueError:
            continue
        raise AssertionError(name)


def read(packet, name=NAME, ident=1):
    return message.read(packet, len(packet), name, ident)


def test_answers():
    query = message.query(NAME, 1)
    assert read(answer(query, address(NAME, "192.0.2.1", 60))) == (message.FOUND, "192.0.2.1", 60)
    # The owner is a pointer to the question, and letters of either case are the same.
    assert read(answer(query, address(b"\xc0\x0c", "192.0.2.2")))[1] == "192.0.2.2"
    assert read(answer(query, address("POOL.Test", "192.0.2.3")))[1] == "192.0.2.3"
    # Addresses of others, and records that are none, are passed over.
    data = answer(
        query, address("other.test", "192.0.2.9"), record(NAME, 16, b"\4text"), address(NAME, "192.0.2.4")
    )
    assert read(data)[1] == "192.0.2.4"
    assert read(answer(query, code=3))[0] == message.NOT_FOUND
    assert read(answer(query))[0] == message.NOT_FOUND
    assert read(answer(query, code=2))[0] == message.SERVER_FAILED
    assert read(answer(query, address(NAME, "192.0.2.1", 0xFFFFFFFF)))[2] == 0
    assert read(answer(query, address(NAME, "192.0.2.1", 0x7FFFFFFF)))[2] < 0x3FFFFFFF


def test_aliases_in_any_order():
    query = message.query(NAME, 1)
    records = (
        address("c.test", "192.0.2.5", 90),
        alias("b.test", "c.test", 20),
        alias(NAME, "b.test", 900),
    )
    assert read(answer(query, *records)) == (message.FOUND, "192.0.2.5", 20)
    assert read(answer(query, alias(NAME, "far.test", 50))) == (message.ALIAS, "far.test", 50)
    # A circle ends.
    assert read(answer(query, alias(NAME, "b.test"), alias("b.test", NAME)))[0] in (
        message.NOT_FOUND,
        message.ALIAS,
    )


def test_answers_to_others():
    query = message.query(NAME, 1)
    good = answer(query, address(NAME, "192.0.2.1"))
    assert read(good, ident=2)[0] == message.OTHER
    assert read(good, name="pool2.test")[0] == message.OTHER
    assert read(query)[0] == message.OTHER
    assert read(good[:11])[0] == message.OTHER
    other = answer(query[:-3] + b"\x1c\0\1", address(NAME, "192.0.2.1"))
    assert read(other)[0] == message.OTHER


def test_damaged_answers_end():
    query = message.query(NAME, 1)
    good = answer(query, alias(NAME, "b.test"), address("b.test", "192.0.2.1"))
    for count in range(12, len(good)):
        try:
            what = message.read(good, count, NAME, 1)[0]
        except ValueError:
            continue
        assert what != message.FOUND, count
    for owner in (b"\xc0\xff", b"\xc0\x1b", b"\x40x", b"\xc0"):
        try:
            found = read(answer(query, address(owner, "192.0.2.1")))
        except ValueError:
            continue
        assert found[0] == message.NOT_FOUND, owner
    # Any single byte changed: an answer or none, but it ends.
    for place in range(len(good)):
        for value in (0, 1, 63, 64, 191, 192, 255):
            data = bytearray(good)
            data[place] = value
            try:
                read(bytes(data))
            except ValueError:
                continue


class Rig:
    def __init__(self):
        self.network = Network()
        self.clock = Clock()
        self.resolver = Resolver(self.network)
        self.queries = []
        self.network.answer = self._answer
        self.zone = {NAME: lambda query: answer(query, address(NAME, "192.0.2.1", 60))}

    def _answer(self, link, query):
        name, _ = names.read_name(query, len(query), 12)
        self.queries.append((link.address, name))
        reply = self.zone.get(name)
        return reply(query) if reply else None

    def look(self, name=NAME):
        return self.resolver.look_up(name, self.clock.now)

    def run(self, duration_ms, name=NAME, step_ms=100):
        for _ in range(duration_ms // step_ms):
            found = self.look(name)
            if found:
                return found
            self.clock.advance(step_ms)
        return self.look(name)


def test_a_name_is_asked_once_and_remembered():
    rig = Rig()
    assert rig.look() == "192.0.2.1"
    assert rig.network.open_links() == []
    for _ in range(10):
        rig.clock.advance(5000)
        assert rig.look(NAME.upper()) == "192.0.2.1"
    assert len(rig.queries) == 1
    rig.clock.advance(20000)
    assert rig.run(1000) == "192.0.2.1" and len(rig.queries) == 2


def test_addresses_and_localhost_need_no_server():
    rig = Rig()
    assert rig.look("10.1.2.3") == "10.1.2.3" and rig.look("localhost") == "127.0.0.1"
    assert rig.queries == []


def test_a_dead_server_is_asked_again_then_the_next_one():
    rig = Rig()
    rig.network.servers = ("192.0.2.53", "192.0.2.54")
    rig.zone = {}
    assert rig.run(7900) == ""
    assert [query[0] for query in rig.queries] == ["192.0.2.53", "192.0.2.54"] * 2
    assert rig.resolver.problem(NAME) == ""
    assert rig.run(200) == "" and rig.resolver.problem(NAME) == "the name server does not answer"
    assert rig.network.open_links() == []
    # After a pause it is tried again, and the pauses grow to a minute.
    count = len(rig.queries)
    rig.run(4000)
    assert len(rig.queries) == count
    rig.run(600000)
    assert 4 * 6 <= len(rig.queries) - count <= 4 * 13
    rig.zone = {NAME: lambda query: answer(query, address(NAME, "192.0.2.8"))}
    assert rig.run(65000) == "192.0.2.8" and rig.resolver.problem(NAME) == ""


def test_an_old_address_is_better_than_none():
    rig = Rig()
    assert rig.look() == "192.0.2.1"
    rig.zone = {}
    rig.clock.advance(61000)
    for _ in range(200):
        assert rig.look() == "192.0.2.1"
        rig.clock.advance(100)
    assert rig.resolver.problem(NAME) == "the name server does not answer"


def test_a_name_that_is_not_there():
    rig = Rig()
    rig.zone = {NAME: lambda query: answer(query, code=3)}
    assert rig.look() == "" and rig.resolver.problem(NAME) == "name not found"
    assert rig.look("not a name") == ""
    assert rig.resolver.problem("not a name") == "no name"
    rig.network.servers = ()
    assert rig.look("x.test") == "" and rig.resolver.problem("x.test") == "no name server"


def test_aliases_are_followed_over_several_answers_but_not_for_ever():
    rig = Rig()
    rig.zone = {
        NAME: lambda query: answer(query, alias(NAME, "b.test")),
        "b.test": lambda query: answer(query, address("b.test", "192.0.2.6")),
    }
    assert rig.run(1000) == "192.0.2.6"
    rig.zone = {
        "x.test": lambda query: answer(query, alias("x.test", "y.test")),
        "y.test": lambda query: answer(query, alias("y.test", "x.test")),
    }
    assert rig.run(3000, "x.test") == "" and rig.resolver.problem("x.test") == "name not found"


def test_no_network_is_waited_out():
    rig = Rig()
    rig.network.is_dead = True
    assert rig.run(3000) == ""
    rig.network.is_dead = False
    assert rig.run(10000) == "192.0.2.1"


def test_answers_to_others_are_ignored():
    rig = Rig()
    wrong = [
        lambda query: answer(b"\0\0" + query[2:], address(NAME, "192.0.2.66")),
        lambda query: b"\0\1garbage",
    ]
    for reply in wrong:
        rig.zone = {NAME: reply}
        assert rig.run(1500) == ""
    rig.network.open_links()[0].waiting.append(
        answer(rig.network.open_links()[0].sent[0], address(NAME, "192.0.2.7"))
    )
    assert rig.look() == "192.0.2.7"


def test_names_of_the_network_itself():
    rig = Rig()
    rig.zone = {"broker.local": lambda query: answer(query, address("broker.local", "192.0.2.20"))}
    assert rig.look("broker.local") == "192.0.2.20"
    assert rig.queries == [("224.0.0.251", "broker.local")] and rig.network.links[-1].port == 5353


def test_one_question_at_a_time_and_few_names():
    rig = Rig()
    rig.zone = {}
    rig.look("a.test")
    rig.look("b.test")
    assert len(rig.network.open_links()) == 1
    for index in range(30):
        name = "n%d.test" % index
        rig.zone[name] = lambda query, name=name: answer(query, address(name, "192.0.2.%d" % index))  # noqa: B023
        assert rig.run(30000, name) != ""
    assert len(rig.resolver._entries) <= 8


def test_forgetting_and_closing():
    rig = Rig()
    assert rig.look() == "192.0.2.1"
    rig.resolver.forget(NAME, rig.clock.now)
    rig.resolver.forget("unknown.test", rig.clock.now)
    assert rig.look() == "192.0.2.1" and len(rig.queries) == 2
    rig.zone = {}
    rig.look("a.test")
    rig.resolver.close()
    assert rig.network.open_links() == []


def test_the_server_answers_every_name():
    query = message.query("captive.apple.com", 77)
    data = server.answer(query, len(query), "192.168.4.1")
    assert message.read(data, len(data), "captive.apple.com", 77) == (message.FOUND, "192.168.4.1", 10)
    # Other kinds of addresses: there are none, which is not "no such name".
    other = query[:-3] + b"\x1c\0\1"
    data = server.answer(other, len(other), "192.168.4.1")
    assert data[3] & 15 == 0 and data[6:12] == bytes(6) and data[12:] == other[12:]
    # EDNS options behind the question are left out.
    longer = query[:11] + b"\1" + query[12:] + b"\0\0\x29\x10\0\0\0\0\0\0\0"
    data = server.answer(longer, len(longer), "192.168.4.1")
    assert message.read(data, len(data), "captive.apple.com", 77)[1] == "192.168.4.1"


def test_the_server_is_silent_to_what_is_no_question():
    query = message.query("a.test", 77)
    for data in (b"", query[:11], query[:-1], query[:2] + b"\x81" + query[3:], query[:4] + b"\0\2" + query[6:],
                 query[:12] + b"\xc0\x0c\0\1\0\1", query[:12] + b"\x3fx"):  # fmt: skip
        assert server.answer(data, len(data), "192.168.4.1") == b"", data
