"""The boot record: boot loops, reasons, and memory that holds anything."""

from evse.boot_record import FAILED_STARTS, BootRecord


class Scratch:
    def __init__(self, data=b""):
        self.data = data

    def read(self):
        return self.data

    def write(self, data):
        self.data = bytes(data)


def test_five_failed_starts_in_a_row_ask_for_recovery():
    scratch = Scratch()
    for _ in range(FAILED_STARTS):
        assert not BootRecord(scratch).begin()
    assert BootRecord(scratch).begin()


def test_a_good_start_ends_the_count():
    scratch = Scratch()
    for _ in range(FAILED_STARTS):
        BootRecord(scratch).begin()
    BootRecord(scratch).good()
    assert not BootRecord(scratch).begin()


def test_an_end_without_notice_is_told_as_such():
    scratch = Scratch()
    assert BootRecord(scratch).reason == ""
    BootRecord(scratch).begin()
    assert BootRecord(scratch).reason.startswith("reset without notice")
    record = BootRecord(scratch)
    record.begin()
    record.good()
    record.ended("restart was asked for")
    assert BootRecord(scratch).reason == "restart was asked for"


def test_the_count_does_not_run_over():
    scratch = Scratch()
    for _ in range(300):
        BootRecord(scratch).begin()
    assert BootRecord(scratch).failed_starts == 255


def test_the_reason_is_kept_and_cut_at_a_whole_character():
    scratch = Scratch()
    BootRecord(scratch).ended("control task: Fehler")
    assert BootRecord(scratch).reason == "control task: Fehler"
    BootRecord(scratch).ended("a" + "\u00fc" * 200)
    assert BootRecord(scratch).reason == "a" + "\u00fc" * 47
    assert len(scratch.data) <= 128


def test_memory_that_holds_anything_else_is_an_empty_record():
    good = Scratch()
    BootRecord(good).ended("reason")
    for index in range(len(good.data)):
        damaged = bytearray(good.data)
        damaged[index] ^= 0x10
        assert BootRecord(Scratch(bytes(damaged))).reason == ""
        assert BootRecord(Scratch(good.data[:index])).reason == ""
    assert BootRecord(Scratch(b"\x00" * 64)).failed_starts == 0
