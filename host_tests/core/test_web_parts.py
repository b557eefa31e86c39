"""The parts of the web server that need no socket: key derivation, lock-out, table of endpoints, power of the day."""

import binascii
import os

from evse.services.web import accounts as ac
from evse.services.web import body, routes
from evse.services.web import passwords as pw
from evse.services.web.attempts import Attempts
from evse.services.web.pbkdf2 import Pbkdf2
from evse.services.web.power_day import PowerDay


def derived(password, salt, iterations, slice_size):
    job = Pbkdf2(password, salt, iterations)
    while not job.step(slice_size):
        pass
    return binascii.hexlify(job.key).decode()


def test_known_keys_are_derived():
    # RFC 7914, section 11 (its first 32 bytes), and values computed with OpenSSL.
    assert derived(b"passwd", b"salt", 1, 10) == (
        "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"
    )
    assert derived(b"password", b"salt", 2, 1) == (
        "ae4d0c95af6b46d32d0adff928f06dd02a303f8ef3c251dfd6e2d85a95474c43"
    )
    assert derived(b"password", b"salt", 1000, 7) == (
        "632c2812e46d4604102ba7618e9d6d7d2f8128f6266b4a03264d2a0460b7dcb3"
    )
    # A password longer than a block of the hash.
    assert derived(b"p" * 65, b"salt", 1, 4) != derived(b"p" * 64, b"salt", 1, 4)


def test_the_slices_do_not_matter():
    assert derived(b"a", b"b", 50, 1) == derived(b"a", b"b", 50, 49) == derived(b"a", b"b", 50, 1000)


def test_comparison():
    assert ac.same(b"abc", b"abc")
    assert not ac.same(b"abc", b"abd") and not ac.same(b"abc", b"ab") and not ac.same(b"", b"a")


def test_five_mistakes_are_free_then_waits_double():
    attempts = Attempts([0, 0, 0], {})
    for _ in range(4):
        attempts.failed("a", 100)
        assert attempts.wait_s("a", 100) == 0
    waits = []
    now = 100
    for _ in range(8):
        attempts.failed("a", now)
        waits.append(attempts.wait_s("a", now))
        now += waits[-1]
    assert waits == [30, 60, 120, 240, 480, 900, 900, 900]
    assert attempts.wait_s("b", 100) == 0
    attempts.succeeded("a")
    assert attempts.wait_s("a", now - 900) == 0


def test_an_hour_without_mistakes_is_forgiven():
    attempts = Attempts([0, 0, 0], {})
    for _ in range(5):
        attempts.failed("a", 0)
    attempts.failed("a", 4000)
    assert attempts.wait_s("a", 4000) == 0


def test_many_addresses_gain_nothing_and_take_little():
    attempts = Attempts([0, 0, 0], {})
    for number in range(40):
        attempts.failed("address %d" % number, 10)
    assert attempts.wait_s("another", 10) == 10
    assert len(attempts._by_address) <= 8


def test_names_and_passwords():
    for name in ("a", "Anna_2", "x" * 24):
        pw.check_name(name)
    for name in ("", "x" * 25, "a b", "ä", "a/b", 7, None):
        assert_refused(pw.check_name, name)
    pw.check_password("12345678")
    for password in ("1234567", "x" * 129, 12345678, None):
        assert_refused(pw.check_password, password)


def assert_refused(check, value):
    try:
        check(value)
    except Exception as error:
        assert type(error).__name__ == "FieldError", error
        return
    raise AssertionError("accepted: %s" % (value,))


def test_codes_are_eight_digits():
    if not hasattr(os, "urandom"):
        # The 32-bit build for the PC has no source of random numbers.
        return
    codes = [ac.new_code() for _ in range(20)]
    assert len(set(codes)) > 15
    for code in codes:
        assert len(code) == 8 and code.isdigit()


def test_every_line_of_the_table_is_found_by_its_path():
    count = 0
    for line in routes.TEXT.strip().split("\n"):
        path, method, module, function, who, body = line.split("|")
        route = routes.find(method, path.replace("*", "thing"))
        assert isinstance(route, routes.Route), line
        assert (route.module, route.function, route.who) == (module, function, who)
        assert route.rest == ("thing" if "*" in path else "")
        assert who in ac.ROLES + ("read", "write") and (body == "-" or int(body) <= 8192)
        count += 1
    assert count > 40


def test_other_paths_and_methods_are_not_found():
    for path in (
        "/settings/",
        "/setting",
        "/api/v1/cards/",
        "/color_",
        "//",
        "/a|GET",
        "/*",
        "/page/",
        "/api/v1/cards/a/b",
    ):
        assert routes.find("GET", path) is None, path
    assert routes.find("PUT", "/settings") == "GET, POST"
    assert routes.find("POST", "/api/v1/cards/12") == "PUT, DELETE"
    head = routes.find("HEAD", "/settings")
    assert isinstance(head, routes.Route) and head.function == "get_settings"


def test_the_power_of_a_quarter_is_its_average():
    day = PowerDay()
    begin = 1800000000 // 900 * 900
    for second in range(0, 900, 10):
        day.note(1000 if second < 450 else 3000, begin + second)
    day.note(500, begin + 900)
    rows = day.rows(0)
    assert len(rows) == 96
    assert [row["power"] for row in rows[-2:]] == [2000, 500]
    assert [row["power"] for row in rows[:-2]] == [0] * 94
    minute = (begin + 900) % 86400 // 60
    assert rows[-1]["time"] == "%02d:%02d" % (minute // 60, minute % 60)


def test_quarters_that_were_missed_are_empty():
    day = PowerDay()
    begin = 1800000000 // 900 * 900
    day.note(1000, begin)
    day.note(2000, begin + 3 * 900)
    assert [row["power"] for row in day.rows(0)[-4:]] == [1000, 0, 0, 2000]
    day.note(3000, begin - 50 * 900)
    assert [row["power"] for row in day.rows(0)] == [0] * 95 + [3000]
    day.note(4000, 0)
    assert day.rows(0)[-1]["power"] == 3000


def test_quarters_have_the_car_too_and_none_for_what_nobody_measured():
    day = PowerDay()
    assert list(day.quarters()) == []
    begin = 1800000000 // 900 * 900
    day.note(None, 0, 7000)
    assert list(day.quarters()) == []
    day.note(None, begin, 7000)
    day.note(None, begin + 10, 8000)
    day.note(-1500, begin + 3 * 900, 0)
    rows = list(day.quarters())
    assert len(rows) == 96 and rows[0] == (begin - 92 * 900, None, None)
    assert rows[-4:] == [
        (begin, None, 7500),
        (begin + 900, None, None),
        (begin + 1800, None, None),
        (begin + 2700, -1500, 0),
    ]
    # All of a day ago.
    day.note(100, begin + 99 * 900, 100)
    assert [row[1:] for row in day.quarters()] == [(None, None)] * 95 + [(100, 100)]


def test_two_escapes_of_one_character_are_joined():
    assert body.joined('{"a": "\\ud83d\\ude00"}') == '{"a": "\U0001f600"}'
    assert (
        body.joined('{"a": "\\u00e4\\uD83D\\uDE00x\\ud83d\\ude01"}')
        == '{"a": "\\u00e4\U0001f600x\U0001f601"}'
    )
    # A backslash that is itself escaped.
    assert body.joined('"\\\\ud83d"') == '"\\\\ud83d"'
    for text in ('"\\ud83d"', '"\\ude00"', '"\\ud83dx\\ude00"', '"\\ud83d\\ud83d"', '"\\u12"', '"\\uzzzz"'):
        try:
            body.joined(text)
        except ValueError:
            continue
        raise AssertionError("accepted: " + text)
