"""Settings that are texts: names, addresses of a back end, and time zones."""

import pytest

from evse.settings import texts


@pytest.mark.parametrize(
    "text",
    [
        "UTC0",
        "CET-1CEST,M3.5.0,M10.5.0/3",
        "CET-1CEST-2,M3.5.0/2,M10.5.0/3:00:00",
        "EST5EDT,M3.2.0,M11.1.0",
        "<+0330>-3:30",
        "<-03>3<-02>,M3.5.0/-2,M10.5.0/-1",
        "IST-1GMT0,M10.5.0,M3.5.0/1",
        "XYZ+5XDT,J60,300/167",
        "NZST-12NZDT,M9.5.0,M4.1.0/3",
    ],
)
def test_time_zones(text: str) -> None:
    texts.check_timezone(text)


@pytest.mark.parametrize(
    "text",
    [
        "", "UTC", "Europe/Berlin", "CE-1", "C3T-1", "CET-25", "CET-1:60", "CET-1:00:00:00", "CET-1CEST",
        "CET-1,M3.5.0,M10.5.0",
        "CET-1CEST,M3.5.0", "CET-1CEST,M13.5.0,M10.5.0", "CET-1CEST,M3.6.0,M10.5.0", "CET-1CEST,M3.5.7,M10.5.0",
        "CET-1CEST,M3.5,M10.5.0", "CET-1CEST,J0,J9", "CET-1CEST,1,366", "CET-1CEST,M3.5.0/168,M10.5.0", "<+03-3",
        "CET-1 ",
        "CET-1CEST,M3.5.0,M10.5.0,", "CÉT-1", "CET--1", "CET-1CEST,M3.5.0/,M10.5.0", "CET-1CEST,M³.5.0,M10.5.0",
    ],
)  # fmt: skip
def test_what_is_no_time_zone(text: str) -> None:
    with pytest.raises(ValueError, match="must be a place such as Europe/Berlin, or a POSIX time zone"):
        texts.check_timezone(text)


@pytest.mark.parametrize(
    "text", ["", "ws://host", "wss://csms.example.com/ocpp/1", "ws://10.0.0.1:8887/", "ws://[fe80::1]:80/x", "ws://[::1]/x"]
)  # fmt: skip
def test_addresses_of_a_back_end(text: str) -> None:
    texts.check_url(text)


@pytest.mark.parametrize(
    "text",
    [
        "http://host", "host", "ws:/host", "ws://", "wss:///path", "ws://host:0", "ws://host:65536", "ws://host:x",
        "ws://host: 80",
        "ws://me:secret@host", "ws://host/ü", "ws://?x", "WS:", "ws://a b",
    ],
)  # fmt: skip
def test_what_is_no_address_of_a_back_end(text: str) -> None:
    with pytest.raises(ValueError, match="must"):
        texts.check_url(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "192.168.1.20",
        "10.0.0.1:8080",
        "p1meter-0A1B2C",
        "p1meter-0a1b2c.local",
        "kwhmeter-1.LOCAL:81",
        "meter7",
    ],
)
def test_devices_in_the_network(text: str) -> None:
    texts.check_host(text)


@pytest.mark.parametrize(
    "text",
    [
        "192.168.1", "192.168.1.256", "1.2.3.4.5", "1..2.3", "...", "7", "10.0.0.1:", "10.0.0.1:0", "10.0.0.1:65536",
        ":80", "meter.example.com", ".local", "a b", "mètre", "http://10.0.0.1", "10.0.0.1/api", "p1meter-1:x", "²²²",
    ],
)  # fmt: skip
def test_what_is_no_device_in_the_network(text: str) -> None:
    with pytest.raises(ValueError, match="must"):
        texts.check_host(text)


def test_names() -> None:
    texts.check_plain("Müller's 1. Säule ⚡")
    for text in (" x", "x ", "a\tb", "a\x7fb", "a\x85b"):
        with pytest.raises(ValueError, match="must be without"):
            texts.check_plain(text)
