"""Who may charge (OCPP 1.6 section 3.5; cases 007, 008, 023, 037, 061, 068, 069; P-005, E-009; errata 3.23)."""

from ocpp_local_bench import NOON, configuration, new_path, tag_file

from ocpp16 import authorization as a
from ocpp16 import tag_records as tr
from ocpp16.auth_cache import AuthCache
from ocpp16.authorization import Authorization, same_group
from ocpp16.local_list import LocalList
from ocpp16.tag_file import TagFile

ONLINE = True
OFFLINE = False
LATER = NOON + 1000


class Rig:
    """A station with a list and a cache; other values of keys by name."""

    def __init__(self, capacity=200, **values) -> None:
        self.config = configuration(**values)
        file, _, _ = tag_file("auth-list")
        self.list = LocalList(self.config, file)
        file, self.gate, self.path = tag_file("auth-cache")
        self.cache = AuthCache(self.config, file, capacity)
        self.authorization = Authorization(self.config, self.list, self.cache)
        self.version = 0

    def listed(self, id_tag, status="Accepted", **info) -> None:
        self.version += 1
        info["status"] = status
        payload = {
            "listVersion": self.version,
            "updateType": "Differential",
            "localAuthorizationList": [{"idTag": id_tag, "idTagInfo": info}],
        }
        assert self.list.send(payload) == "Accepted"

    def learn(self, id_tag, status="Accepted", unix_s=NOON, **info) -> bool:
        info["status"] = status
        found = self.authorization.learn(id_tag, info, unix_s)
        self.write()
        return found

    def write(self) -> None:
        for _ in range(20):
            self.authorization.step()

    def decide(self, id_tag, online, unix_s=NOON) -> str:
        return self.authorization.decide(id_tag, unix_s, online)[0]

    def after_restart(self) -> AuthCache:
        return AuthCache(self.config, TagFile(self.path, lambda: True))


def test_unknown_identifiers():
    rig = Rig()
    assert rig.decide("AA", ONLINE) == a.ASK and rig.decide("AA", OFFLINE) == a.REFUSE
    rig = Rig(AllowOfflineTxForUnknownId="true")
    assert rig.decide("AA", ONLINE) == a.ASK and rig.decide("AA", OFFLINE) == a.ACCEPT
    assert rig.authorization.status == ""


def test_008_and_007_pre_authorization_with_list_and_cache():
    rig = Rig(LocalPreAuthorize="true")
    rig.listed("AA", parentIdTag="Family")
    rig.learn("BB", parentIdTag="Firm")
    assert rig.authorization.decide("aa", NOON, ONLINE) == (a.ACCEPT, "FAMILY")
    assert rig.authorization.decide("bb", NOON, ONLINE) == (a.ACCEPT, "FIRM")
    assert rig.authorization.parent_of("Bb", NOON) == "FIRM" and rig.authorization.parent_of("XX", NOON) == ""
    rig.config.change("LocalPreAuthorize", "false")
    assert rig.authorization.decide("AA", NOON, ONLINE) == (a.ASK, "FAMILY")
    assert rig.decide("BB", ONLINE) == a.ASK


def test_local_authorize_offline():
    rig = Rig()
    rig.listed("AA")
    rig.learn("BB")
    assert rig.decide("AA", OFFLINE) == a.ACCEPT and rig.decide("BB", OFFLINE) == a.ACCEPT
    rig.config.change("LocalAuthorizeOffline", "false")
    assert rig.decide("AA", OFFLINE) == a.REFUSE and rig.decide("BB", OFFLINE) == a.REFUSE
    # Who is known is not worse off than who is not.
    rig.config.change("AllowOfflineTxForUnknownId", "true")
    assert rig.decide("AA", OFFLINE) == a.ACCEPT and rig.decide("CC", OFFLINE) == a.ACCEPT


def test_what_is_not_valid_never_charges_offline():
    for key in ("LocalAuthorizeOffline", "AllowOfflineTxForUnknownId"):
        for status in ("Blocked", "Invalid", "Expired"):
            rig = Rig()
            rig.config.change(key, "true")
            rig.listed("AA", status)
            rig.learn("BB", status)
            for id_tag in ("AA", "BB"):
                assert rig.decide(id_tag, OFFLINE) == a.REFUSE and rig.authorization.status == status


def test_what_has_expired_never_charges_offline():
    rig = Rig(LocalPreAuthorize="true", AllowOfflineTxForUnknownId="true")
    expiry = "2026-01-31T12:10:00Z"
    rig.listed("AA", expiryDate=expiry)
    rig.learn("BB", expiryDate=expiry)
    for id_tag in ("AA", "BB"):
        for online, after in ((OFFLINE, a.REFUSE), (ONLINE, a.ASK)):
            assert rig.decide(id_tag, online, NOON + 599) == a.ACCEPT
            # Without a clock it may have expired.
            assert rig.decide(id_tag, online, 0) == after
            assert rig.decide(id_tag, OFFLINE, 0) == a.REFUSE
        assert rig.decide(id_tag, OFFLINE, NOON + 600) == a.REFUSE
        assert rig.authorization.status == "Expired"
        assert rig.decide(id_tag, ONLINE, NOON + 600) == a.ASK


def test_the_cache_changes_what_has_expired():
    rig = Rig()
    rig.learn("BB", expiryDate="2026-01-31T12:10:00Z")
    rig.decide("BB", OFFLINE, NOON + 600)
    rig.write()
    tag = rig.after_restart().find("BB", NOON)
    assert tag is not None and tag.status == tr.EXPIRED


def test_a_card_that_charges_elsewhere():
    rig = Rig()
    rig.listed("AA", "ConcurrentTx")
    rig.learn("BB", "ConcurrentTx")
    # Section 3.5.2: in a list it is valid. In the cache it is of a transaction that is gone.
    assert rig.decide("AA", OFFLINE) == a.ACCEPT and rig.decide("BB", OFFLINE) == a.REFUSE
    assert rig.decide("BB", ONLINE) == a.ASK


def test_e009_the_list_refuses_before_anybody_is_asked():
    rig = Rig(LocalPreAuthorize="true")
    owner, special, stranger = "OWNER", "SPECIAL", "STRANGER"
    for mode, expected in (
        ("Public", (a.ACCEPT, a.ACCEPT, a.ACCEPT)),
        ("Limited", (a.ACCEPT, a.ACCEPT, a.REFUSE)),
        ("Private", (a.ACCEPT, a.REFUSE, a.REFUSE)),
    ):
        rig.listed(owner)
        rig.listed(special, "Blocked" if mode == "Private" else "Accepted")
        rig.listed(stranger, "Accepted" if mode == "Public" else "Invalid")
        assert tuple([rig.decide(card, ONLINE) for card in (owner, special, stranger)]) == expected, mode
    # What the cache knows may be out of date (3.5.1).
    rig.learn("BB", "Blocked")
    assert rig.decide("BB", ONLINE) == a.ASK
    rig.config.change("LocalPreAuthorize", "false")
    assert rig.decide(stranger, ONLINE) == a.ASK


def test_the_list_beats_the_cache():
    rig = Rig()
    rig.learn("AA", "Accepted")
    rig.listed("AA", "Blocked")
    assert rig.decide("AA", OFFLINE) == a.REFUSE
    rig.learn("BB", "Blocked")
    rig.listed("BB", "Accepted")
    assert rig.decide("BB", OFFLINE) == a.ACCEPT
    rig.config.change("LocalAuthListEnabled", "false")
    assert rig.decide("AA", OFFLINE) == a.ACCEPT and rig.decide("BB", OFFLINE) == a.REFUSE
    rig.config.change("AuthorizationCacheEnabled", "false")
    assert rig.decide("AA", OFFLINE) == a.REFUSE and rig.authorization.status == ""


def test_identifiers_of_the_list_do_not_get_into_the_cache_and_conflicts_are_told():
    rig = Rig()
    rig.listed("AA")
    rig.listed("BB", "Blocked")
    assert rig.learn("AA", "Accepted") is False and rig.learn("BB", "Invalid") is False
    assert rig.learn("AA", "Blocked") is True and rig.learn("BB", "Accepted") is True
    assert rig.cache.count == 0
    assert rig.learn("CC", "Blocked") is False and rig.cache.count == 1
    # A list that is out of date by its own word agrees.
    rig.listed("DD", expiryDate="2026-01-31T12:10:00Z")
    assert rig.learn("DD", "Expired", LATER) is False and rig.learn("DD", "Expired", NOON) is True


def test_answers_that_say_nothing():
    rig = Rig()
    for info in (None, {}, {"status": "accepted"}, {"status": 1}, "Accepted", []):
        assert rig.authorization.learn("AA", info) is False
    assert rig.authorization.learn("A" * 21, {"status": "Accepted"}) is False
    rig.write()
    assert rig.cache.count == 0
    rig.learn("AA", expiryDate="soon", parentIdTag=7)
    tag = rig.cache.find("AA", NOON)
    assert tag is not None and tag.expiry_s == 0 and tag.parent == ""


def test_the_cache_is_updated_and_outlives_a_restart():
    rig = Rig()
    for number in range(30):
        rig.learn("TAG%d" % number, parentIdTag="P%d" % number)
    rig.learn("TAG7", "Blocked")
    rig.learn("TAG8", parentIdTag="other")
    for cache in (rig.cache, rig.after_restart()):
        assert cache.count == 30
        found = [cache.find("tag%d" % number, NOON) for number in (7, 8, 9, 30)]
        assert [tag and (tag.status, tag.parent) for tag in found] == [
            (tr.BLOCKED, ""),
            (tr.ACCEPTED, "OTHER"),
            (tr.ACCEPTED, "P9"),
            None,
        ]


def test_a_full_cache_drops_what_is_not_valid_then_what_is_oldest():
    rig = Rig(10)
    for number in range(10):
        rig.learn("TAG%d" % number, "Blocked" if number in (4, 6) else "Accepted")

    def there() -> list:
        return [number for number in range(20) if rig.cache.find("TAG%d" % number, NOON) is not None]

    rig.learn("TAG10")
    assert there() == [0, 1, 2, 3, 5, 6, 7, 8, 9, 10]
    rig.learn("TAG11")
    assert there() == [0, 1, 2, 3, 5, 7, 8, 9, 10, 11]
    # Who still comes is not old.
    rig.learn("TAG0")
    rig.learn("TAG12")
    rig.learn("TAG13")
    assert there() == [0, 3, 5, 7, 8, 9, 10, 11, 12, 13] and rig.cache.count == 10
    assert rig.after_restart().count == 10


def test_the_same_again_wears_nothing():
    rig = Rig()
    rig.learn("AA", parentIdTag="P")
    with open(rig.path, "rb") as file:
        before = file.read()
    for _ in range(50):
        rig.learn("AA", parentIdTag="p")
    with open(rig.path, "rb") as file:
        assert file.read() == before


def test_while_a_contactor_is_closed_the_cache_waits():
    rig = Rig()
    rig.gate.open = False
    for number in range(5):
        rig.learn("TAG%d" % number, "Blocked")
    rig.learn("TAG2", "Accepted")
    assert rig.cache.count == 0 and rig.after_restart().count == 0
    assert rig.decide("TAG2", OFFLINE) == a.ACCEPT and rig.decide("TAG3", OFFLINE) == a.REFUSE
    assert rig.authorization.clear_cache() == "Rejected"
    for number in range(100):
        rig.learn("MORE%d" % number)
    rig.gate.open = True
    rig.write()
    assert 5 < rig.cache.count <= 20


def test_061_and_errata_3_23_clear_cache():
    rig = Rig(LocalPreAuthorize="true")
    rig.learn("AA")
    rig.authorization.learn("BB", {"status": "Accepted"})
    assert rig.decide("AA", ONLINE) == a.ACCEPT and rig.decide("BB", ONLINE) == a.ACCEPT
    assert rig.authorization.clear_cache() == "Accepted"
    rig.write()
    assert rig.decide("AA", ONLINE) == a.ASK and rig.decide("BB", ONLINE) == a.ASK
    assert rig.cache.count == 0 and rig.after_restart().find("AA", NOON) is None
    without = Authorization(rig.config, rig.list, None)
    assert without.clear_cache() == "Rejected"
    assert (
        without.decide("AA", NOON, OFFLINE) == (a.REFUSE, "")
        and without.learn("AA", {"status": "Blocked"}) is False
    )


def test_a_disabled_cache_learns_nothing():
    rig = Rig(AuthorizationCacheEnabled="false")
    rig.learn("AA")
    rig.config.change("AuthorizationCacheEnabled", "true")
    assert rig.cache.find("AA", NOON) is None


def test_lists_that_cannot_be_read():
    rig = Rig(AllowOfflineTxForUnknownId="true")

    class Broken:
        """A list whose file is gone."""

        def find(self, id_tag):
            raise OSError(5)

    broken = Authorization(rig.config, Broken(), rig.cache)
    assert broken.decide("AA", NOON, OFFLINE) == (a.REFUSE, "") and broken.decide("AA", NOON, ONLINE) == (
        a.ASK,
        "",
    )
    assert broken.parent_of("AA", NOON) == "" and broken.learn("AA", {"status": "Accepted"}) is False


def test_068_069_who_may_stop():
    assert same_group("04AB", "", "04ab", "")
    assert same_group("AA", "Family", "BB", "FAMILY")
    assert not same_group("AA", "", "BB", "") and not same_group("AA", "Family", "BB", "")
    # The parent is no identifier itself (section 3.10).
    assert not same_group("AA", "BB", "BB", "") and not same_group("AA", "P", "BB", "Q")


def test_identifiers_that_are_none():
    for text in ("", "A" * 21, "tab\there", "\u00e4", None, 12):
        assert tr.key_of(text) is None
    assert tr.key_of("a B-c~") == b"A B-C~"


def test_more_cards_than_the_cache_holds_for_a_long_time():
    rig = Rig(20)
    for number in range(700):
        rig.learn("TAG%d" % (number * 7 % 50), "Accepted" if number % 3 else "Invalid")
    assert rig.cache.count == 20
    import os

    assert os.stat(rig.path)[6] < 400 * tr.RECORD_BYTES
    assert rig.after_restart().count == 20


def test_a_path_that_does_not_exist():
    file = TagFile(new_path("nowhere") + "/missing", lambda: True)
    cache = AuthCache(configuration(), file)
    cache.note(tr.Tag(b"AA", 0))
    cache.step()
    cache.step()
    assert cache.find("AA", NOON) is None and cache.count == 0 and not cache.clear()
