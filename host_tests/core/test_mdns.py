"""Queries and answers of multicast DNS, and the names of HomeWizard meters among them."""

import mdns
from evse.services.homewizard_finder import Finder

SERVICE = "_hwenergy._tcp.local"


def labels(name):
    return b"".join([bytes((len(label),)) + label.encode() for label in name.split(".")]) + b"\0"


def record(name, kind, value, is_raw=False):
    owner = name if is_raw else labels(name)
    return owner + bytes((0, kind, 0x80, 1, 0, 0, 0, 120, 0, len(value))) + value


def packet(*records, questions=b"", count=None):
    head = bytes(
        (0, 0, 0x84, 0, 0, 1 if questions else 0, 0, len(records) if count is None else count, 0, 0, 0, 0)
    )
    return head + questions + b"".join(records)


def address(name, text):
    return record(name + ".local", mdns.ADDRESS, bytes([int(part) for part in text.split(".")]))


def pointer(name):
    return record(SERVICE, mdns.POINTER, labels(name + "." + SERVICE))


def test_a_query():
    query = mdns.query("p1meter-0a1b2c.local", mdns.ADDRESS)
    assert query == b"\0\0\0\0\0\1\0\0\0\0\0\0\x0ep1meter-0a1b2c\x05local\0\0\1\0\1"
    for name in ("", "a..b", "x" * 64 + ".local"):
        try:
            mdns.query(name, mdns.ADDRESS)
        except ValueError:
            continue
        raise AssertionError(name)


def test_answers():
    data = packet(
        pointer("p1meter-0A1B2C"),
        record("p1meter-0a1b2c.local", 16, b"\x05a=b=c"),
        address("P1meter-0a1b2c", "192.168.1.20"),
        questions=labels(SERVICE) + b"\0\x0c\0\1",
    )
    assert list(mdns.answers(data, len(data))) == [
        (mdns.POINTER, SERVICE, "p1meter-0a1b2c." + SERVICE),
        (mdns.ADDRESS, "p1meter-0a1b2c.local", "192.168.1.20"),
    ]


def test_compressed_names():
    data = packet(
        pointer("p1meter-1"),
        # The owner is the target of the pointer record, whose service name is again the first owner.
        record(b"\xc0\x0c", mdns.POINTER, b"\x05other\xc0\x0c", is_raw=True),
    )
    assert list(mdns.answers(data, len(data)))[1] == (mdns.POINTER, SERVICE, "other." + SERVICE)


def test_damaged_packets_end():
    good = packet(pointer("p1meter-1"), address("p1meter-1", "192.168.1.20"))
    for count in range(len(good)):
        try:
            found = list(mdns.answers(good, count))
        except ValueError:
            continue
        raise AssertionError((count, found))
    # Pointers that lead forwards, to themselves, or round in circles.
    for owner in (b"\xc0\xff", b"\xc0\x0c", b"\x01a\xc0\x0c", b"\x40x"):
        data = packet(record(owner, mdns.ADDRESS, b"\1\2\3\4", is_raw=True))
        try:
            list(mdns.answers(data, len(data)))
        except ValueError:
            continue
        raise AssertionError(owner)


def test_any_damage_is_survived():
    good = bytearray(packet(pointer("p1meter-1"), address("p1meter-1", "192.168.1.20")))
    seed = 1
    for _ in range(3000):
        data = bytearray(good)
        for _ in range(3):
            seed = seed * 16807 % 2147483647
            data[seed % len(data)] = seed >> 8 & 255
        try:
            list(mdns.answers(data, len(data)))
        except ValueError:
            pass


class Air:
    """A network in which the meters `known` answer: a dictionary of name and address."""

    def __init__(self, known, with_address=True):
        self.known = known
        self.with_address = with_address
        self.asked = []
        self.waiting = []
        self.open = 0
        self.is_down = False

    def open_udp(self, group, port):
        if self.is_down:
            raise OSError(118)
        assert (group, port) == ("224.0.0.251", 5353)
        self.open += 1
        return self

    def send(self, data):
        self.asked.append(data)
        for name in sorted(self.known):
            if data == mdns.query(name + ".local", mdns.ADDRESS):
                self.waiting.append(packet(address(name, self.known[name])))
            if data == mdns.query(SERVICE, mdns.POINTER):
                extra = [address(name, self.known[name])] if self.with_address else []
                self.waiting.append(packet(pointer(name), *extra))

    def receive(self, buffer):
        if not self.waiting:
            return 0
        data = self.waiting.pop(0)
        buffer[: len(data)] = data
        return len(data)

    def close(self):
        self.open -= 1


def find(finder, air, begin, duration_ms):
    """Poll for a time; return after how many ms which address; "" for none."""
    buffer = memoryview(bytearray(512))
    for elapsed in range(0, duration_ms, 20):
        found = finder.poll(air, buffer, (begin + elapsed) & 0x3FFFFFFF)
        if found:
            return elapsed, found
    return duration_ms, ""


BEGIN = (1 << 30) - 900


def test_a_name_is_found_at_once():
    air = Air({"p1meter-1": "192.168.1.20", "p1meter-2": "192.168.1.21"})
    for name in ("p1meter-2", "P1Meter-2.local"):
        finder = Finder(name)
        finder.begin(BEGIN)
        elapsed, found = find(finder, air, BEGIN, 2000)
        assert found == "192.168.1.21" and elapsed <= 40
        assert air.open == 0 and finder.problem == ""


def test_a_name_that_nobody_has():
    air = Air({"p1meter-1": "192.168.1.20"})
    finder = Finder("kwhmeter-9")
    finder.begin(BEGIN)
    assert find(finder, air, BEGIN, 60000)[1] == ""
    assert finder.problem == "name not found"
    # Pauses of 3, 6, 12, 24 s.
    assert len(air.asked) == 5
    air.known["kwhmeter-9"] = "192.168.1.29"
    assert find(finder, air, BEGIN + 60000, 31000)[1] == "192.168.1.29"


def test_the_only_p1_meter():
    for with_address in (True, False):
        air = Air({"p1meter-1": "192.168.1.20", "kwhmeter-2": "192.168.1.21"}, with_address)
        finder = Finder("")
        finder.begin(BEGIN)
        elapsed, found = find(finder, air, BEGIN, 3000)
        assert found == "192.168.1.20" and elapsed == 1500
        assert finder.names == ["p1meter-1.local"]


def test_several_p1_meters_are_a_choice():
    air = Air({"p1meter-1": "192.168.1.20", "p1meter-2": "192.168.1.21"})
    finder = Finder("")
    finder.begin(BEGIN)
    assert find(finder, air, BEGIN, 3000)[1] == ""
    assert finder.problem == "several P1 meters: choose one" and len(finder.names) == 2
    air.known = {}
    assert find(finder, air, BEGIN + 3000, 10000)[1] == ""
    assert finder.problem == "no P1 meter found"


def test_a_network_that_fails():
    air = Air({"p1meter-1": "192.168.1.20"})
    air.is_down = True
    finder = Finder("p1meter-1")
    finder.begin(BEGIN)
    assert find(finder, air, BEGIN, 2000)[1] == ""
    air.is_down = False
    assert find(finder, air, BEGIN + 2000, 4000)[1] == "192.168.1.20"


def test_many_names_take_no_memory():
    air = Air({"p1meter-%d" % index: "192.168.1.%d" % index for index in range(30)})
    finder = Finder("")
    finder.begin(BEGIN)
    assert find(finder, air, BEGIN, 3000)[1] == ""
    assert len(finder.names) == 8 and finder.problem == "several P1 meters: choose one"
