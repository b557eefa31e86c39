"""Write what a station finds after a restart: ocpp_restart_data.py FOLDER; 255 x 255 profiles, 500 transactions."""

import os
import sys

sys.path.insert(0, "host_tests/core")
sys.path.insert(0, "host_tests/mp")

import ocpp_smart_figures
from ocpp_smart_bench import DAY_S

from evse.services.ocpp.space import MessageSpace
from ocpp16 import journal_record as j
from ocpp16.journal import Journal

PERIODS = 255
TRANSACTIONS = 500


def main(folder: str) -> None:
    """Write both."""
    os.mkdir(folder + "/ocpp")
    bench = ocpp_smart_figures.fill(PERIODS)
    bench.file.close()
    with open(bench.path, "rb") as source, open(folder + "/ocpp/profiles", "wb") as target:
        piece = source.read(65536)
        while piece:
            target.write(piece)
            piece = source.read(65536)
    journal = Journal(MessageSpace(folder + "/ocpp/messages", lambda: True))
    for _ in journal.load():
        pass
    for index in range(TRANSACTIONS):
        number = journal.new_transaction()
        begin_s = DAY_S + 3600 * index
        assert journal.append(j.START, 1, number, (begin_s, 0), 1000 * index, b"04A1B2C3D4E5F6\0\0")
        assert journal.append(j.STOP, 1, number, (begin_s + 1800, 0), 1000 * index + 900, b"Local\0\0")


if __name__ == "__main__":
    main(sys.argv[1])
