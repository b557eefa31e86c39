"""MQTT 3.1.1 packets, byte for byte, and everything that is malformed."""

from mqtt_bench import publish, size_bytes

from mqtt import errors, packets
from mqtt.errors import MQTTException
from mqtt.parser import Parser


def parse(data, limit=512, chunk=1000000):
    """Return the complete packets of a stream as (kind, packet_id, topic, message, retained, qos, code)."""
    parser = Parser(limit)
    found = []
    for begin in range(0, len(data), chunk):
        view = memoryview(data[begin : begin + chunk])
        at = 0
        while at < len(view):
            at = parser.feed(view, at, len(view))
            if parser.complete:
                found.append(
                    (
                        parser.kind,
                        parser.packet_id,
                        parser.topic,
                        parser.message,
                        parser.retained,
                        parser.qos,
                        parser.code,
                    )
                )
    return found


def refuse(data, word, limit=512):
    for chunk in (1, 1000000):
        try:
            found = parse(data, limit, chunk)
        except MQTTException as error:
            assert error.code == errors.MALFORMED
            assert word in str(error), str(error)
        else:
            raise AssertionError((data, found))


def put(function, *arguments):
    buffer = bytearray(700)
    end = function(buffer, 3, *arguments)
    assert bytes(buffer[:3]) == b"\0\0\0"
    return bytes(buffer[3:end])


def expect_value_error(word, function, *arguments):
    try:
        function(*arguments)
    except ValueError as error:
        assert word in str(error), str(error)
    else:
        raise AssertionError(word)


def test_connect_with_nothing():
    packet = packets.encode_connect(b"me", 15, True, None, None, None)
    assert packet == b"\x10\x0e\x00\x04MQTT\x04\x02\x00\x0f\x00\x02me"


def test_connect_with_everything():
    packet = packets.encode_connect(b"me", 600, False, b"u", b"pw", (b"t/w", b"off", True, 1))
    assert packet == (
        b"\x10\x1f\x00\x04MQTT\x04\xec\x02\x58\x00\x02me\x00\x03t/w\x00\x03off\x00\x01u\x00\x02pw"
    ), packet


def test_connect_flags():
    def flags(*arguments):
        return packets.encode_connect(b"me", 0, *arguments)[9]

    assert flags(False, None, None, None) == 0
    assert flags(True, b"u", None, None) == 0x82
    assert flags(True, b"", b"", None) == 0xC2
    assert flags(True, None, b"ignored without user", None) == 0x02
    assert flags(True, None, None, (b"t", b"", False, 0)) == 0x06
    assert flags(True, None, None, (b"t", b"", False, 1)) == 0x0E
    assert flags(True, None, None, (b"t", b"", True, 0)) == 0x26


def test_connect_with_long_texts():
    packet = packets.encode_connect(b"i" * 300, 1, True, b"u" * 400, b"p" * 20000, None)
    body = 10 + 302 + 402 + 20002
    assert packet[:4] == b"\x10" + size_bytes(body)
    assert len(packet) == 4 + body
    assert packet.endswith(b"p" * 20000)


def test_publish():
    assert put(packets.put_publish, b"a/b", 5, False, 0, False) == b"\x30\x0a\x00\x03a/b"
    assert put(packets.put_publish, b"a/b", 5, True, 0, False) == b"\x31\x0a\x00\x03a/b"
    assert put(packets.put_publish, b"a/b", 5, False, 0x1234, False) == b"\x32\x0c\x00\x03a/b\x12\x34"
    assert put(packets.put_publish, b"a/b", 5, True, 1, True) == b"\x3b\x0c\x00\x03a/b\x00\x01"


def test_publish_in_every_length_of_length():
    for size in (0, 121, 122, 16377, 16378, 2097145, 2097146, packets.SIZE_MAX - 6):
        packet = put(packets.put_publish, b"abcd", size, False, 0, False)
        assert packet == b"\x30" + size_bytes(size + 6) + b"\x00\x04abcd", size


def test_other_packets():
    assert put(packets.put_puback, 0xABCD) == b"\x40\x02\xab\xcd"
    assert put(packets.put_subscribe, 10, b"s/#", 1) == b"\x82\x08\x00\x0a\x00\x03s/#\x01"
    assert put(packets.put_subscribe, 10, b"s/#", 0) == b"\x82\x08\x00\x0a\x00\x03s/#\x00"
    assert put(packets.put_subscribe, 10, b"s/#", -1) == b"\xa2\x07\x00\x0a\x00\x03s/#"
    assert put(packets.put_bare, packets.PINGREQ) == b"\xc0\x00"
    assert put(packets.put_bare, packets.DISCONNECT) == b"\xe0\x00"


def test_subscribe_with_a_long_topic():
    # umqtt.simple once wrote the length of such a packet in one byte and lost the stream.
    topic = b"t" * 200
    assert put(packets.put_subscribe, 1, topic, 1) == b"\x82\xcd\x01\x00\x01\x00\xc8" + topic + b"\x01"


def test_topics():
    for good in (b"a", b"/", b"a//b", b"SmartEVSE/12/Mode", "Zähler".encode(), b"$SYS/x", b" "):
        packets.check_topic(good)
        packets.check_topic(good, True)
    for good in (b"#", b"+", b"+/#", b"a/+/b", b"/#", b"+/+"):
        packets.check_topic(good, True)
        expect_value_error("wildcards", packets.check_topic, good)
    for bad in (b"a#", b"a/#/b", b"+a", b"a/b+/c", b"##", b"#+"):
        expect_value_error("", packets.check_topic, bad, True)
        expect_value_error("wildcards", packets.check_topic, bad)
    for bad, word in ((b"", "1 .. 65535"), (b"t" * 65536, "1 .. 65535"), (b"a\0", "NUL"), (b"\xff", "UTF-8")):
        expect_value_error(word, packets.check_topic, bad)
        expect_value_error(word, packets.check_topic, bad, True)


def test_parse_every_packet_of_a_broker():
    stream = (
        b"\x20\x02\x01\x00"
        + b"\x20\x02\x00\x05"
        + b"\x40\x02\x12\x34"
        + b"\x90\x03\x00\x01\x00"
        + b"\x90\x03\x00\x02\x80"
        + b"\xb0\x02\x00\x03"
        + b"\xd0\x00"
        + publish(b"a", b"")
        + publish(b"a/b", b"hi", retain=1)
        + publish(b"a/b", b"hi", qos=1, packet_id=65535)
        + publish(b"a/b", b"again", qos=1, packet_id=7, dup=1, retain=1)
    )
    expected = [
        (2, 0, b"", b"", False, 0, 0),
        (2, 0, b"", b"", False, 0, 5),
        (4, 0x1234, b"", b"", False, 0, 0),
        (9, 1, b"", b"", False, 0, 0),
        (9, 2, b"", b"", False, 0, 0x80),
        (11, 3, b"", b"", False, 0, 0),
        (13, 0, b"", b"", False, 0, 0),
        (3, 0, b"a", b"", False, 0, 0),
        (3, 0, b"a/b", b"hi", True, 0, 0),
        (3, 65535, b"a/b", b"hi", False, 1, 0),
        (3, 7, b"a/b", b"again", True, 1, 0),
    ]
    for chunk in (1, 2, 3, 5, 7, 64, 1000):
        assert parse(stream, 512, chunk) == expected, chunk


def test_session_present():
    parser = Parser(16)
    for flag in (1, 0):
        parser.feed(memoryview(bytes([0x20, 2, flag, 0])), 0, 4)
        assert parser.complete and parser.session_present == (flag == 1)


def test_what_a_client_writes_can_be_read():
    for qos in (0, 1):
        for size in (0, 1, 100, 118, 119, 300):
            message = bytes(range(256)) + bytes(range(256))
            message = message[:size]
            data = put(packets.put_publish, b"topic", size, False, qos * 99, False) + message
            assert parse(data) == [(3, qos * 99, b"topic", message, False, qos, 0)]


def test_a_packet_of_exactly_the_limit():
    message = b"m" * 94
    assert parse(publish(b"t/t/", message), 100) == [(3, 0, b"t/t/", message, False, 0, 0)]
    assert parse(publish(b"t/t/", message + b"m"), 100) == [(3, 0, b"", b"", False, 0, 0)]


def test_larger_messages_are_skipped_and_their_id_is_kept():
    # The topic ends before, across and behind the end of a buffer of 32 bytes, and so does the packet id.
    for topic_size in (1, 27, 28, 29, 30, 31, 32, 40, 200):
        for qos in (0, 1):
            big = publish(b"t" * topic_size, b"m" * 3000, qos=qos, packet_id=0xA1B2)
            stream = publish(b"x", b"1") + big + publish(b"y", b"2")
            for chunk in (1, 2, 31, 33, 256, 100000):
                found = parse(stream, 32, chunk)
                assert [row[2] for row in found] == [b"x", b"", b"y"], (topic_size, chunk)
                assert found[1][1] == (0xA1B2 if qos else 0), (topic_size, chunk)


def test_the_largest_message_is_skipped_without_being_kept():
    parser = Parser(64)
    parser.feed(memoryview(b"\x30\xff\xff\xff\x7f\x00\x01a"), 0, 8)
    left = packets.SIZE_MAX - 3
    piece = memoryview(bytes(65536))
    while left:
        count = min(left, 65536)
        assert not parser.complete
        assert parser.feed(piece, 0, count) == count
        left -= count
    assert parser.complete and parser.skipped


def test_packets_that_no_broker_sends():
    for kind in (0, 1, 5, 6, 7, 8, 10, 12, 14, 15):
        for flags in (0, 2):
            refuse(bytes([kind << 4 | flags, 2, 0, 1]), "packet type %d" % kind)


def test_flags_that_must_be_zero():
    for first in (0x21, 0x42, 0x98, 0xB2, 0xD1):
        refuse(bytes([first, 2, 0, 1]), "flags")


def test_bad_publish():
    refuse(publish(b"a", b"b", qos=2, packet_id=1), "QoS 2")
    refuse(publish(b"a", b"b", qos=3, packet_id=1), "QoS 3")
    refuse(publish(b"a", b"b", dup=1), "duplicate")
    refuse(publish(b"a", b"b", qos=1, packet_id=0), "packet id 0")
    refuse(publish(b"a", b"b" * 100, qos=1, packet_id=0), "packet id 0", 16)
    refuse(publish(b"a" * 50, b"b", qos=1, packet_id=0), "packet id 0", 16)
    refuse(publish(b"", b"b"), "topic")
    refuse(publish(b"", b"b" * 100), "topic", 16)
    refuse(publish(b"a\0", b"b"), "topic")
    refuse(publish(b"a/#", b"b"), "topic")
    refuse(publish(b"+", b"b"), "topic")
    refuse(publish(b"\xc3\x28", b"b"), "UTF-8")
    # The topic, or the packet id behind it, would lie outside of the packet.
    refuse(b"\x30\x04\x00\x03ab", "topic")
    refuse(b"\x30\x28\xff\xff" + b"a" * 38, "topic", 16)
    refuse(b"\x32\x05\x00\x02ab\x01", "topic")


def test_bad_lengths():
    for data in (
        b"\x20\x00",
        b"\x20\x03\x00\x00\x00",
        b"\x40\x01\x00",
        b"\x40\x04\x00\x01\x00\x00",
        b"\x90\x02\x00\x01",
        b"\x90\x04\x00\x01\x00\x00",
        b"\xb0\x00",
        b"\xd0\x01\x00",
        b"\x30\x00",
        b"\x30\x02\x00\x00",
        b"\x32\x04\x00\x00\x00\x01",
    ):
        refuse(data, "length")


def test_a_remaining_length_of_five_bytes():
    refuse(b"\x30\xff\xff\xff\xff\x01", "remaining length")
    refuse(b"\x30\x80\x80\x80\x80\x01", "remaining length")


def test_bad_answers():
    refuse(b"\x20\x02\x02\x00", "CONNACK")
    refuse(b"\x20\x02\x00\x06", "CONNACK")
    refuse(b"\x20\x02\x01\x05", "CONNACK")
    refuse(b"\x40\x02\x00\x00", "packet id 0")
    refuse(b"\x90\x03\x00\x00\x00", "packet id 0")
    refuse(b"\x90\x03\x00\x01\x03", "SUBACK")
    refuse(b"\x90\x03\x00\x01\x81", "SUBACK")
    refuse(b"\xb0\x02\x00\x00", "packet id 0")


def test_every_code_has_its_words():
    texts = []
    for code in range(1, errors.BAD_STREAM + 1):
        text = str(MQTTException(code))
        assert text and text not in texts
        assert MQTTException(code).code == code
        texts.append(text)
    assert str(MQTTException(errors.BAD_LOGIN)) == "wrong user name or password"
    assert str(MQTTException(errors.BAD_STREAM)) == "a message had another length than announced"
    assert str(MQTTException(errors.MALFORMED, "CONNACK")) == "malformed packet from the broker: CONNACK"


def test_a_buffer_too_small():
    expect_value_error("limit", Parser, 15)
