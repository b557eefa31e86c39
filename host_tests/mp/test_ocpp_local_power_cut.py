"""Local list, cache, keys and reservations on LittleFS in RAM, the power cut at every block write."""

import json

from power_cut import ROOT, PowerCut, at_every_write, formatted, unmount

from evse.settings.store import Store
from ocpp16 import tag_records as tr
from ocpp16.auth_cache import AuthCache
from ocpp16.configuration import Configuration
from ocpp16.local_list import LocalList
from ocpp16.reservation import Reservations
from ocpp16.tag_file import TagFile

LIST = ROOT + "/list"
CACHE = ROOT + "/cache"
BLOCKS = 160
NAMES = ["TAG%d" % index for index in range(60)]


class Memory:
    """A store that keeps nothing."""

    def load(self):
        return 0, None

    def save(self, value):
        pass


def always():
    return True


def open_list():
    return LocalList(Configuration(Memory()), TagFile(LIST, always))


def open_cache():
    return AuthCache(Configuration(Memory()), TagFile(CACHE, always), 12)


def listed(local_list):
    """Return version and all that the list knows."""
    assert not local_list.file.damaged
    found = {}
    for name in NAMES:
        tag = local_list.find(name)
        if tag is not None:
            found[name] = (tr.STATUSES[tag.status], tag.parent)
    assert local_list.file.count == len(found)
    return local_list.version, found


def update(version, full, entries):
    """Return a payload as text; entries are name -> (status, parent), or None."""
    found = []
    for name in sorted(entries):
        one = {"idTag": name}
        if entries[name] is not None:
            one["idTagInfo"] = {"status": entries[name][0], "parentIdTag": entries[name][1]}
        found.append(one)
    kind = "Full" if full else "Differential"
    return json.dumps({"listVersion": version, "updateType": kind, "localAuthorizationList": found}).encode()


def applied(before, full, entries):
    """Return what a list is to know after an update."""
    found = {} if full else dict(before)
    for name in entries:
        if entries[name] is None:
            found.pop(name, None)
        else:
            found[name] = entries[name]
    return found


def sent(local_list, data):
    handler = local_list.stream()
    for at in range(0, len(data), 100):
        handler.feed(data[at : at + 100])
    return local_list.send(handler.end())


UPDATES = (
    (2, True, dict.fromkeys(NAMES[:30], ("Accepted", "P"))),
    (3, False, dict.fromkeys(NAMES[10:20], ("Blocked", ""))),
    (4, False, dict.fromkeys(NAMES[5:15])),
    (9, False, dict.fromkeys(NAMES[12:50], ("Accepted", "Q"))),
    (1, True, dict.fromkeys(NAMES[40:], ("Invalid", ""))),
    (2, False, {NAMES[0]: ("Accepted", ""), NAMES[59]: None}),
)


def test_updates_of_the_list_count_as_a_whole_or_not_at_all():
    flash = formatted(BLOCKS)
    state = {}

    def work(_flash):
        state["before"] = state["after"] = (0, {})
        local_list = open_list()
        for version, full, entries in UPDATES:
            expected = applied(state["before"][1], full, entries)
            state["after"] = (
                version,
                {name: (expected[name][0], expected[name][1].upper()) for name in expected},
            )
            status = sent(local_list, update(version, full, entries))
            if status != "Accepted":
                raise PowerCut
            state["before"] = state["after"]
            for _ in range(9):
                local_list.step()

    def check(cut):
        local_list = open_list()
        found = listed(local_list)
        assert found in (state["before"], state["after"]), (cut, found, state)
        # And it goes on from there.
        more = dict(found[1])
        more[NAMES[1]] = ("Accepted", "NEW")
        assert sent(local_list, update(100, False, {NAMES[1]: ("Accepted", "NEW")})) == "Accepted"
        assert listed(open_list()) == (100, more)

    cuts = at_every_write(flash.data, work, check)
    print("local list, updates: %d power cuts" % cuts)
    assert cuts > 50


def test_a_rewrite_of_the_list():
    flash = formatted(BLOCKS)
    local_list = open_list()
    for version in range(1, 90):
        entries = {NAMES[version % 20]: ("Accepted", "P%d" % version)}
        assert sent(local_list, update(version, False, entries)) == "Accepted"
    expected = listed(local_list)
    assert expected[0] == 89
    data = bytes(flash.data)

    def work(_flash):
        local_list = open_list()
        for _ in range(60):
            local_list.step()

    def check(cut):
        assert listed(open_list()) == expected, cut
        again = open_list()
        for _ in range(60):
            again.step()
        assert listed(again) == expected

    cuts = at_every_write(data, work, check)
    print("local list, rewrite: %d power cuts" % cuts)
    assert cuts > 5


def test_the_cache_knows_what_it_was_told_or_what_it_knew_before():
    flash = formatted(BLOCKS)
    state = {}

    def work(flash):
        state["sure"] = {}
        cache = open_cache()
        for number in range(40):
            name = NAMES[number * 7 % 16]
            status = number % 2
            state["now"] = name
            cache.note(tr.Tag(name.encode(), status, "P%d" % number))
            cache.step()
            if flash.dead:
                raise PowerCut
            state["sure"][name] = (status, "P%d" % number)

    def check(cut):
        cache = open_cache()
        for name in NAMES[:16]:
            tag = cache.find(name, 1)
            if tag is not None and name != state["now"]:
                assert (tag.status, tag.parent) == state["sure"].get(name), (cut, name)
        assert cache.count <= 12
        cache.note(tr.Tag(b"LAST", 1))
        cache.step()
        tag = open_cache().find("LAST", 1)
        assert tag is not None and tag.status == 1

    cuts = at_every_write(flash.data, work, check)
    print("authorisation cache: %d power cuts" % cuts)
    assert cuts > 50


def test_keys():
    flash = formatted(BLOCKS)
    sure = []

    def work(flash):
        sure[:] = [86400]
        config = Configuration(Store(ROOT + "/keys", 1))
        for number in range(1, 13):
            sure.append(1000 + number)
            assert config.change("HeartbeatInterval", str(1000 + number)) == "Accepted"
            config.save()
            sure[:] = [1000 + number]

    def check(cut):
        config = Configuration(Store(ROOT + "/keys", 1))
        assert config.get("HeartbeatInterval") in sure, (cut, sure)

    cuts = at_every_write(flash.data, work, check)
    print("keys: %d power cuts" % cuts)
    assert cuts > 30


def test_reservations():
    flash = formatted(BLOCKS)
    sure = []

    def opened():
        store = Store(ROOT + "/reservations", 1)
        return Reservations(Configuration(Memory()), store, 1, lambda number: "Available", always)

    def work(flash):
        sure[:] = [None]
        reservations = opened()
        for number in range(1, 13):
            sure.append(number)
            request = {"connectorId": 1, "idTag": "TAG%d" % number, "reservationId": 5}
            assert reservations.reserve(request, 0, 1) == "Accepted"
            if flash.dead:
                raise PowerCut
            sure[:] = [number]

    def check(cut):
        reservations = opened()
        held = [number for number in range(1, 13) if reservations.allows(1, "TAG%d" % number, "")]
        assert (held[0] if len(held) == 1 else None) in sure, (cut, held, sure)

    cuts = at_every_write(flash.data, work, check)
    print("reservations: %d power cuts" % cuts)
    assert cuts > 30
    unmount()
