"""10,000 damaged settings files: each is read or kept aside, in bounded memory, and the older generation stays."""

import binascii
import gc
import json
import os
import struct

from images_fuzz import Random, mutate

from evse.settings import table, values
from evse.settings.settings import SCHEMA, Settings
from evse.settings.store import Store

FILES = 10000
SEED = 20261121
FOLDER = "/tmp/evse-settings-fuzz-%d" % id(gc)
PATH = FOLDER + "/settings"
HEADER = "<4sHHII"
HEADER_BYTES = 16
# 64-bit: what a start with a damaged file allocates beyond one with a good file, garbage included.
MOST_BYTES = 8000

OLDER = {"StationName": "Garage", "MaxCurrent": 20, "MainsMeter": 9, "Mode": 1}
NEWER = {
    "StationName": "Säule ⚡",
    "MaxCurrent": 25,
    "MainsMeter": 1,
    "Mode": 2,
    "Brightness": 200,
    "IdlePicture": 3,
    "intervals_json": "[]",
    "MainsHostName": "meter.local",
}
# What a parser of JSON may trip over.
TOKENS = (
    b"{",
    b"}",
    b"[",
    b"]",
    b'"',
    b":",
    b",",
    b"null",
    b"true",
    b"-",
    b"1e9",
    b"999999999999999999999",
    b"0.5",
    b'"\\u0000"',
    b'"\\',
    b"{[1]:2}",
    b"{{}:1}",
    b"[" * 30,
    b'{"Mode":',
    b'"Mode":[]',
    b'"MaxCurrent":{}',
    b"\xff\xfe",
    b"\xc3",
)
VALUES = (
    0,
    1,
    -1,
    255,
    65536,
    1 << 40,
    -(1 << 70),
    None,
    True,
    "",
    "x" * 300,
    "Ä",
    "0",
    [],
    [1],
    {},
    {"a": 1},
    0.5,
)


def file_of(body, schema=SCHEMA, sequence=2):
    return struct.pack(HEADER, b"mEV1", schema, sequence, len(body), binascii.crc32(body)) + body


def write(name, data):
    with open(name, "wb") as file:
        file.write(data)


def read(name):
    with open(name, "rb") as file:
        return file.read()


def clear():
    for name in os.listdir(FOLDER):
        os.remove(FOLDER + "/" + name)


def with_tokens(body, random):
    """Return a copy of a record with a few tokens of JSON in it."""
    for _ in range(1 + random.below(3)):
        place = random.below(len(body) + 1)
        end = place + random.below(12) if random.below(2) else place
        body = body[:place] + TOKENS[random.below(len(TOKENS))] + body[end:]
    return body


def with_values(random):
    """Return a record whose values are of all kinds, in range or not."""
    record = {}
    for key in NEWER:
        record[key] = NEWER[key] if random.below(2) else VALUES[random.below(len(VALUES))]
    return json.dumps(record).encode()


def damaged(original, random):
    """Return a damaged file, and whether its checksum is right all the same."""
    kind = random.below(4)
    if kind == 0:
        return bytes(mutate(original, random)), False
    body = original[HEADER_BYTES:]
    if kind == 1:
        body = with_tokens(body, random)
    elif kind == 2:
        body = with_values(random)
    else:
        body = bytes(mutate(body, random))
    return file_of(body, SCHEMA + (random.below(20) == 0)), True


def kept(settings):
    """Return what differs from the defaults, having checked every value."""
    for key in settings._kept:
        assert values.is_valid(table.get(key), settings._kept[key]), key
    return settings._kept


def start():
    """Return the settings, and the bytes that were allocated to load them."""
    gc.collect()
    gc.disable()
    before = gc.mem_alloc()
    try:
        settings = Settings(Store(PATH, SCHEMA))
        return settings, gc.mem_alloc() - before
    finally:
        gc.enable()


def test_damaged_files():
    try:
        os.mkdir(FOLDER)
    except OSError:
        clear()
    older = file_of(json.dumps(OLDER).encode(), SCHEMA, 1)
    newer = file_of(json.dumps(NEWER).encode())
    write(PATH + ".0", older)
    reference = kept(Settings(Store(PATH, SCHEMA)))
    assert reference == OLDER
    outcome = {"taken": 0, "older": 0, "aside": 0}
    write(PATH + ".1", newer)
    settings, good = start()
    whole = dict(kept(settings))
    most = 0
    for index in range(FILES):
        random = Random(SEED + index)
        data, sealed = damaged(newer, random)
        write(PATH + ".0", older)
        write(PATH + ".1", data)
        try:
            settings, taken = start()
        except Exception:
            print("seed", SEED + index, data)
            raise
        most = max(most, taken - good)
        found = kept(settings)
        assert read(PATH + ".0") == older
        names = sorted(os.listdir(FOLDER))
        if ".later1" in names[-1]:
            # Of a later firmware, as it seems: nothing of it is lost.
            outcome["aside"] += 1
            assert found == OLDER and settings.damaged and read(PATH + ".later1") == data
            os.remove(PATH + ".later1")
        elif found == OLDER:
            outcome["older"] += 1
        else:
            outcome["taken"] += 1
            # The head may be damaged where it makes no difference.
            assert sealed or found == whole, (SEED + index, found)
        if index % 100 == 0:
            # And the station goes on from there.
            settings.put("MaxCurrent", 16)
            settings.save()
            assert Settings(Store(PATH, SCHEMA)).get("MaxCurrent") == 16
        if index % 10 == 0:
            # Without another generation it is kept aside, or taken.
            clear()
            write(PATH + ".1", data)
            settings = Settings(Store(PATH, SCHEMA))
            kept(settings)
            names = os.listdir(FOLDER)
            assert len(names) == 1 and read(FOLDER + "/" + names[0]) == data
            assert settings.damaged == (names[0] != "settings.1")
            clear()
    clear()
    os.rmdir(FOLDER)
    print(FILES, "damaged settings files:", json.dumps(outcome), "at most", most, "bytes more than", good)
    assert outcome["taken"] and outcome["older"] and outcome["aside"]
    assert most < MOST_BYTES, most
