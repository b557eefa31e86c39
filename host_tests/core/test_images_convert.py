from images_bench import File, Written, gif_head, gif_picture, png, refusal
from images_jpegs import GREY

from images.convert import convert, recognise
from images.errors import ImageError
from images.frames import FRAME_BYTES, HEADER, HEADER_BYTES, PERIOD_MS, SIDE, count_frames, frame_start

PNG = png(3, 2, 8, 0, b"\0\1\2\3\0\4\5\6")
GIF = (
    gif_head(2, 1, ((0, 0, 0), (255, 0, 0), (0, 255, 0), (9, 9, 9)))
    + gif_picture(0, 0, 2, 1, [1, 2]) * 3
    + b"\x3b"
)


def test_recognise():
    assert recognise(GIF) == "gif"
    assert recognise(b"GIF87a..") == "gif"
    assert recognise(PNG) == "png"
    assert recognise(GREY) == "jpeg"
    assert recognise(memoryview(bytearray(GREY))) == "jpeg"
    for other in (
        b"",
        b"GIF",
        b"GIF88a..",
        b"\x89PNG\r\n\x1a",
        b"\xff\xd8",
        b"BM      ",
        b"RIFF....WEBP",
        b"<svg",
    ):
        assert recognise(other) == "", other


def test_what_is_no_picture_is_refused():
    assert refusal(b"RIFF....WEBP") == "The file is neither a JPEG, nor a PNG, nor a GIF picture."
    assert "ends before" in refusal(b"")


def test_file_of_frames():
    for data, frames in ((PNG, 1), (GREY, 1), (GIF, 3)):
        sink = Written()
        for _ in convert(File(data), sink):
            pass
        assert sink.data[:HEADER_BYTES] == HEADER
        assert len(sink.data) == frame_start(frames)
        assert count_frames(sink.data[:HEADER_BYTES], len(sink.data)) == frames
    assert HEADER[4:] == bytes([SIDE, SIDE, 3, PERIOD_MS // 10])
    assert FRAME_BYTES == 3 * SIDE * SIDE


def test_count_frames_of_other_files():
    assert count_frames(HEADER, HEADER_BYTES) == 0
    assert count_frames(HEADER, 0) == 0
    assert count_frames(HEADER, HEADER_BYTES + FRAME_BYTES - 1) == 0
    assert count_frames(b"PIX2" + HEADER[4:], HEADER_BYTES + FRAME_BYTES) == 0
    assert count_frames(b"", HEADER_BYTES + FRAME_BYTES) == 0


def test_reads_in_any_pieces():
    # The first piece has to show what it is.
    for data in (PNG, GREY, GIF):
        whole = Written()
        for _ in convert(File(data), whole):
            pass
        for piece in (8, 11, 100):
            sink = Written()
            for _ in convert(File(data, piece), sink):
                pass
            assert sink.data == whole.data


def test_size_of_the_file_is_limited():
    limit = len(PNG)
    for _ in convert(File(PNG), Written(), 1, limit):
        pass
    text = ""
    try:
        for _ in convert(File(PNG), Written(), 1, limit - 1):
            pass
    except ImageError as error:
        text = str(error)
    assert text == "The file is larger than %d bytes." % (limit - 1)


def test_progress_is_in_bytes():
    for data in (PNG, GREY):
        taken = 0
        for count in convert(File(data, 16), Written()):
            assert taken <= count <= len(data)
            taken = count
        assert taken == len(data)


def test_nothing_is_read_before_the_first_step():
    source = File(PNG)
    convert(source, Written())
    assert source.reads == 0


def test_conversion_that_is_given_up():
    # Whatever was going on, the next conversion is not affected.
    for data in (PNG, GREY, GIF):
        whole = Written()
        steps = 0
        for _ in convert(File(data), whole):
            steps += 1
        for stop in range(steps):
            conversion = convert(File(data), Written())
            for _ in range(stop + 1):
                next(conversion)
            conversion.close()
            again = Written()
            for _ in convert(File(data), again):
                pass
            assert again.data == whole.data


class Failing:
    """A file that cannot be read, or not be written."""

    def readinto(self, buffer):
        raise OSError(5)

    def seek(self, place):
        raise OSError(5)

    def write(self, data):
        raise OSError(28)


def test_source_that_fails():
    text = ""
    try:
        for _ in convert(Failing(), Written()):
            pass
    except ImageError as error:
        text = str(error)
    assert text == "The file cannot be read."


def test_sink_that_fails():
    number = 0
    try:
        for _ in convert(File(PNG), Failing()):
            pass
    except OSError as error:
        number = error.args[0]
    assert number == 28


class Scarce(Failing):
    def readinto(self, buffer):
        raise MemoryError()


def test_memory_that_is_not_there():
    text = ""
    try:
        for _ in convert(Scarce(), Written()):
            pass
    except ImageError as error:
        text = str(error)
    assert "not enough free memory" in text


def test_old_picture_stays_when_the_new_one_is_bad():
    store = {"picture": b"old"}
    for data in (PNG[:-1], GIF[:-1], GREY[:-1], b"nonsense"):
        sink = Written()
        try:
            for _ in convert(File(data), sink):
                pass
            store["picture"] = sink.data
        except ImageError:
            pass
        assert store == {"picture": b"old"}
