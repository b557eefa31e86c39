"""Finished sessions in a ring of small append-only files: records of 64 bytes, each with a CRC-32.

Small files, because a file system that writes every block anew copies what follows a change. The oldest file goes
as a whole when its place is needed. Writes only while no contactor is closed; that is up to the caller.
"""

import binascii
import os
import struct

from micropython import const

from evse.services.sessions_record import END, PAYLOAD_BYTES, unpack

RECORD_BYTES = const(64)
_CHUNK = const(8)


class SessionFiles:
    """Keep at least `segments - 1` times `per_segment` records in a folder of its own; `newest` is a number.

    Its own, because in a large folder a power cut while one file replaces another may cost a third one on LittleFS.
    """

    def __init__(self, folder: str, segments: int = 17, per_segment: int = 64) -> None:
        self._folder = folder
        self._segments = segments
        self._per_segment = per_segment
        self._chunk = bytearray(RECORD_BYTES * _CHUNK)
        self._segment = 0
        self._slots = 0
        self.newest = 0
        self._load()

    def append(self, payload) -> None:
        """Write one record; it is kept when this returns. OSError when it may not be."""
        record = bytearray(RECORD_BYTES)
        record[:PAYLOAD_BYTES] = payload
        struct.pack_into("<I", record, PAYLOAD_BYTES, binascii.crc32(payload))
        try:
            if self._slots >= self._per_segment:
                self._segment = (self._segment + 1) % self._segments
                self._slots = 0
            if not self._slots:
                self._make_folder()
            # A new file, or the oldest one anew; else behind the last whole record.
            with open(self._name(self._segment), "r+b" if self._slots else "wb") as file:
                file.seek(self._slots * RECORD_BYTES)
                file.write(record)
        except OSError:
            self._load()
            raise
        self._slots += 1
        found = unpack(payload)
        if found:
            self.newest = found.number

    def records(self):
        """Yield every session, oldest first; damaged records are left out."""
        begin = self._segment + 1
        for place in range(begin, begin + self._segments):
            yield from self._of_segment(place % self._segments)

    def last(self, count: int) -> list:
        """Return the last `count` (1 or more) sessions, newest first."""
        found = []
        for back in range(self._segments):
            segment = (self._segment - back) % self._segments
            end = self._slots_of(segment)
            if end == 0:
                break
            while end > 0:
                begin = max(0, end - _CHUNK)
                piece = self._read(segment, begin)[: end - begin]
                while piece:
                    record = piece.pop()
                    if record is not None:
                        found.append(record)
                    if len(found) >= count:
                        return found
                end = begin
        return found

    def _of_segment(self, segment: int):
        slot = 0
        while True:
            # Opened anew for each piece: between two of them the file may be written.
            found = self._read(segment, slot)
            for record in found:
                if record is not None:
                    yield record
            slot += len(found)
            if len(found) < _CHUNK:
                return

    def _read(self, segment: int, slot: int) -> list:
        """Return some records from `slot` on, None in place of a damaged one."""
        found = []
        try:
            with open(self._name(segment), "rb") as file:
                file.seek(slot * RECORD_BYTES)
                size = file.readinto(self._chunk)
        except OSError:
            return found
        for at in range(0, size - RECORD_BYTES + 1, RECORD_BYTES):
            payload = bytes(self._chunk[at : at + PAYLOAD_BYTES])
            crc = struct.unpack_from("<I", self._chunk, at + PAYLOAD_BYTES)[0]
            record = unpack(payload) if crc == binascii.crc32(payload) else None
            found.append(record if record is not None and record.kind == END else None)
        return found

    def _load(self) -> None:
        """Find the file with the newest record."""
        self._segment = 0
        self.newest = 0
        for segment in range(self._segments):
            for record in self._of_segment(segment):
                if record.number > self.newest:
                    self.newest = record.number
                    self._segment = segment
                    # One record tells where the file stands.
                    break
        for record in self._of_segment(self._segment):
            self.newest = max(self.newest, record.number)
        self._slots = self._slots_of(self._segment)

    def _slots_of(self, segment: int) -> int:
        """Return how many whole records a file has."""
        try:
            return os.stat(self._name(segment))[6] // RECORD_BYTES
        except OSError:
            return 0

    def _name(self, segment: int) -> str:
        return self._folder + "/" + str(segment)

    def _make_folder(self) -> None:
        try:
            os.stat(self._folder)
        except OSError:
            os.mkdir(self._folder)
