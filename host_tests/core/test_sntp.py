"""The time from time servers (RFC 4330): what is believed, how often is asked, and what a jump leaves alone."""

from micropython import const
from net_bench import Clock, Network

from dns.resolver import Resolver
from evse.services.net import sntp
from evse.services.net.sntp import Sntp

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from typing import Any

NOW_S = 1790000000
SERVER = "192.0.2.123"
OTHER = "192.0.2.124"


def stamp(unix_ms):
    seconds = unix_ms // 1000 + 2208988800 & 0xFFFFFFFF
    part = unix_ms % 1000 * 65536 // 1000
    return bytes(
        (seconds >> 24, seconds >> 16 & 255, seconds >> 8 & 255, seconds & 255, part >> 8, part & 255, 0, 0)
    )


def reply(request, unix_ms, stratum=2, first=0x24, reference=b"\0\0\0\0", cookie=None):
    packet = bytearray(48)
    packet[0] = first
    packet[1] = stratum
    packet[12:16] = reference
    packet[24:32] = request[40:48] if cookie is None else cookie
    packet[40:48] = stamp(unix_ms)
    return bytes(packet)


def refused(packet, cookie):
    try:
        sntp.read(packet, len(packet), cookie)
    except ValueError as error:
        return str(error)
    return ""


def test_a_request_tells_nothing_but_a_cookie():
    packet = sntp.request(b"12345678")
    assert (
        len(packet) == 48 and packet[0] == 0x23 and packet[1:40] == bytes(39) and packet[40:] == b"12345678"
    )


def test_answers():
    request = sntp.request(b"12345678")
    cookie = b"12345678"
    good = reply(request, NOW_S * 1000 + 250)
    assert sntp.read(good, 48, cookie) in ((NOW_S, 250, ""), (NOW_S, 249, ""))
    # Behind 48 bytes may be extensions.
    assert sntp.read(good + bytes(20), 68, cookie)[0] == NOW_S
    assert refused(good[:47], cookie) == "no answer of a time server"
    for first in (0x23, 0x25, 0x04):
        assert refused(reply(request, NOW_S * 1000, first=first), cookie) == "no answer of a time server"
    assert refused(reply(request, NOW_S * 1000, cookie=b"87654321"), cookie) == "an answer to somebody else"
    for packet in (
        reply(request, NOW_S * 1000, first=0xE4),
        reply(request, NOW_S * 1000, stratum=16),
        reply(request, -2208988800000),
    ):
        assert refused(packet, cookie) == "the time server does not know the time"
    assert refused(reply(request, 1000), cookie) == "an impossible time"
    assert sntp.read(reply(request, 0, stratum=0, reference=b"RATE"), 48, cookie) == (0, 0, "RATE")
    assert sntp.read(reply(request, 0, stratum=0, reference=b"\xffA\n\0"), 48, cookie)[2] == "A"


def test_the_era_after_2036():
    request = sntp.request(b"12345678")
    for unix_s in (2085978495, 2085978497, 2208988800, 4000000000):
        assert sntp.read(reply(request, unix_s * 1000), 48, b"12345678")[0] == unix_s


class Rig:
    """A server whose clock is right, and a way there that takes `delay_ms` in each direction."""

    def __init__(self, unix_ms=0, servers=(SERVER,)):
        self.network: "Any" = Network()
        self.clock = Clock(unix_ms)
        self.true_ms = NOW_S * 1000
        self.delay_ms = 0
        self.make: "Any" = None
        self.asked = []
        self.pending = []
        self.network.answer = self._answer
        self.sntp = Sntp(self.network, Resolver(self.network), self.clock)
        self.sntp.configure(servers)

    def _answer(self, link, request):
        if link.port != 123:
            return None
        self.asked.append((link.address, self.true_ms))
        data = self.make(request) if self.make else reply(request, self.true_ms + self.delay_ms)
        if data:
            self.pending.append((self.true_ms + 2 * self.delay_ms, link, data))

    def run(self, duration_ms, step_ms=20):
        end_ms = self.true_ms + duration_ms
        while self.true_ms < end_ms:
            for entry in list(self.pending):
                if entry[0] <= self.true_ms:
                    entry[1].waiting.append(entry[2])
                    self.pending.remove(entry)
            self.sntp.step(self.clock.now)
            self.true_ms += step_ms
            self.clock.advance(step_ms)


def test_the_clock_is_set_and_half_the_way_is_taken_into_account():
    rig = Rig()
    rig.delay_ms = 200
    rig.run(1000)
    assert rig.sntp.synchronised and rig.sntp.problem == ""
    assert abs(rig.clock.unix_ms - rig.true_ms) <= 25
    assert len(rig.asked) == 1 and rig.network.open_links() == []
    # Every hour.
    rig.run(3599000, 100)
    assert len(rig.asked) == 1
    rig.run(3000)
    assert len(rig.asked) == 2


def test_a_silent_server_is_asked_less_and_less_but_for_ever():
    rig = Rig()
    rig.make = lambda request: None
    rig.run(3200)
    assert rig.sntp.problem == "the time server does not answer" and rig.network.open_links() == []
    rig.run(24 * 3600000, 500)
    assert 24 <= len(rig.asked) <= 36
    rig.make = None
    rig.run(3700000, 100)
    assert rig.sntp.synchronised


def test_servers_take_turns():
    rig = Rig(servers=(SERVER, OTHER))
    rig.make = lambda request: None
    rig.run(120000)
    assert [address for address, _ in rig.asked] == [SERVER, OTHER, SERVER, OTHER]


def test_names_are_looked_up_without_waiting():
    rig = Rig(servers=("pool.test",))
    rig.run(10000)
    # The name server is silent: nobody is asked for the time, and nothing is stuck.
    assert rig.asked == [] and rig.sntp.problem == "the name server does not answer"


def test_refusals():
    rig = Rig(servers=(SERVER, OTHER))
    rig.make = lambda request: reply(request, 0, stratum=0, reference=b"DENY")
    rig.run(200)
    assert rig.sntp.problem == "the time server refuses: DENY"
    rig.make = None
    rig.run(60000)
    assert [address for address, _ in rig.asked] == [SERVER, OTHER] and rig.sntp.synchronised
    # Who denies is left alone for a day.
    rig.make = lambda request: None
    rig.run(12 * 3600000, 500)
    assert SERVER not in [address for address, _ in rig.asked[1:]]
    rig.run(14 * 3600000, 500)
    assert SERVER in [address for address, _ in rig.asked[1:]]
    slow = Rig()
    slow.make = lambda request: reply(request, 0, stratum=0, reference=b"RATE")
    slow.run(59000)
    assert len(slow.asked) == 1
    slow.run(10000)
    assert len(slow.asked) == 2


def test_an_absurd_time_needs_confirmation_only_when_the_clock_is_right():
    # A clock that was never right takes any possible time at once, however far off it is.
    rig = Rig(unix_ms=1740000000000)
    rig.run(200)
    assert rig.clock.unix_s() == NOW_S and rig.sntp.synchronised
    # A right one does not: a single server that is off by a day is no proof.
    rig.run(3600000, 100)
    rig.make = lambda request: reply(request, rig.true_ms + 86400000)
    rig.run(14000)
    assert abs(rig.clock.unix_ms - rig.true_ms) < 50 and rig.sntp.problem == "a time server is far off"
    rig.make = None
    rig.run(20000)
    assert rig.sntp.problem == "" and abs(rig.clock.unix_ms - rig.true_ms) < 50
    # Three answers in a row are believed.
    rig.run(3500000, 100)
    rig.make = lambda request: reply(request, rig.true_ms + 86400000)
    rig.run(240000)
    assert abs(rig.clock.unix_ms - rig.true_ms - 86400000) < 100 and rig.sntp.synchronised


def test_a_small_step_is_taken_at_once():
    rig = Rig()
    rig.run(200)
    rig.clock.unix_ms += 600000
    rig.run(3610000, 100)
    assert abs(rig.clock.unix_ms - rig.true_ms) < 110


def test_an_answer_to_somebody_else_does_not_end_the_wait():
    rig = Rig()
    rig.make = lambda request: reply(request, rig.true_ms + 99, cookie=b"somebody")
    rig.run(100)
    link = rig.network.open_links()[0]
    link.waiting.append(reply(link.sent[0], rig.true_ms))
    rig.run(100)
    assert rig.sntp.synchronised


def test_whoever_floods_the_port_does_not_keep_the_question_open():
    rig = Rig()
    rig.make = lambda request: None
    rig.run(100)
    link = rig.network.open_links()[0]
    for _ in range(160):
        link.waiting.append(b"x" * 48)
        rig.run(20)
    assert not link.is_open and rig.sntp.problem == "the time server does not answer"


def test_no_way_and_no_servers():
    rig = Rig()
    rig.network.is_dead = True
    rig.run(1000)
    assert rig.sntp.problem == "no way to the time server"
    rig.sntp.configure(())
    rig.network.is_dead = False
    rig.run(3600000, 500)
    assert rig.asked == []
    rig.sntp.configure((OTHER,))
    rig.run(100)
    assert rig.asked[0][0] == OTHER and rig.sntp.synchronised
    rig.sntp.close()


def test_ticks_wrap_between_two_questions():
    # Nobody steps for longer than ticks can tell apart, as while there is no network.
    rig = Rig()
    rig.run(200)
    rig.clock.advance(8 * 86400000 % (1 << 30))
    rig.run(400)
    assert len(rig.asked) == 2
