"""Mutated HTTP requests against the station's web server, from a seed, so that a failure can be repeated."""

import random

SEEDS = (
    b"GET /settings HTTP/1.1\r\nHost: evse\r\nConnection: close\r\n\r\n",
    b"POST /settings?mode=4&override_current=100&current_min=16 HTTP/1.1\r\nHost: evse\r\nContent-Length: 0\r\n\r\n",
    b"POST /settings?mode=1&starttime=2098-01-01T12:00&stoptime=2098-01-01T13:00&repeat=1 HTTP/1.1\r\nHost: e\r\n\r\n",
    b"POST /settings?intervals=%5B%7B%22start%22:0,%22power%22:1%7D%5D HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
    b"POST /currents?L1=10&L2=-20&L3=30&battery_current=-100 HTTP/1.1\r\nHost: evse\r\nContent-Length: 0\r\n\r\n",
    b"POST /ev_meter?L1=1&L2=1&L3=1&import_active_energy=1&export_active_energy=0&import_active_power=9 HTTP/1.1\n\n",
    b"POST /color_off?R=1&G=2&B=3 HTTP/1.1\r\nHost: evse\r\n\r\n",
    b"POST /rfid?rfid=112233445566 HTTP/1.1\r\nHost: evse\r\n\r\n",
    b"GET /lcd HTTP/1.0\r\n\r\n",
    b"GET /power_day HTTP/1.1\r\nAccept: */*\r\n\r\n",
    b'POST /api/v1/login HTTP/1.1\r\nContent-Length: 24\r\n\r\n{"password": "x", "n":1}',
    b'PATCH /api/v1/settings HTTP/1.1\r\nHost: evse\r\nContent-Length: 11\r\n\r\n{"MAX": 16}',
    b'POST /api/v1/requests HTTP/1.1\r\nContent-Length: 29\r\n\r\n{"request": ["access","off"]}',
    b"PUT /api/v1/cards HTTP/1.1\r\nContent-Length: 26\r\n\r\n112233445566\r\n11223344\r\n\r\n",
    b"GET /api/v1/sessions?from=0&to=4294967295&limit=3 HTTP/1.1\r\nCookie: a=b; microevse=00\r\n\r\n",
    b"GET /api/v1/status HTTP/1.1\r\nAuthorization: Bearer 0123456789abcdef\r\n\r\n",
    b"DELETE /api/v1/accounts/owner HTTP/1.1\r\nX-CSRF-Token: 00\r\nOrigin: http://evse\r\n\r\n",
    b"GET /page/index.html HTTP/1.1\r\nAccept-Encoding: gzip\r\n\r\n",
)
PIECES = (
    b"\r\n", b"\n", b"\0", b"%", b"%00", b"%zz", b"..", b"/", b"//", b"?", b"&", b"=", b":", b" ", b"\t",
    b"-1", b"0", b"99999999999999999999", b"2147483648", b"1e9", b"nan", b"true", b"null", b"[", b"{", b'"', b"\\u0000",
    b"\xff\xfe", b"\xc3\xa4", b"HTTP/1.1", b"HTTP/9.9", b"Content-Length: 7\r\n", b"Content-Length: -7\r\n",
    b"Transfer-Encoding: chunked\r\n", b"Expect: 100-continue\r\n", b"Cookie: microevse=\r\n", b"A" * 300, b"[" * 300,
    b"X: y\r\n" * 70,
)  # fmt: skip


def mutated(source: random.Random, seeds: "tuple[bytes, ...]" = SEEDS) -> bytes:
    """Return a request that was once a proper one."""
    data = bytearray(source.choice(seeds))
    for _ in range(source.choice((1, 1, 1, 2, 3, 5, 8))):
        at = source.randrange(len(data) + 1)
        end = min(len(data), at + source.choice((1, 1, 2, 5, 20, 200)))
        how = source.randrange(7)
        if how == 0 and at < len(data):
            data[at] = source.randrange(256)
        elif how == 1:
            del data[at:end]
        elif how == 2:
            data[at:at] = source.choice(PIECES)
        elif how == 3:
            data[at:end] = source.choice(PIECES)
        elif how == 4:
            data[at:at] = data[at:end] * source.choice((1, 2, 10))
        elif how == 5:
            data[at:] = source.choice(seeds)[at:]
        else:
            del data[at:]
    return bytes(data) or b"\r\n"
