"""Rules of who may charge on LittleFS in RAM, with the power cut at every block write: the old ones or the new ones."""

from power_cut import ROOT, at_every_write, formatted, unmount

from evse.core.errors import Refused
from evse.services.access_rules_kept import SCHEMA, KeptRules
from evse.settings.store import EMPTY, Store

PATH = ROOT + "/rules"
OLD = ([[127, 0, 1440, 2, None, None]], {"anna": [100, None, [[31, 480, 1080]]]})
# As much as fits, so that it takes many blocks.
NEW = (
    [[index + 1, index, 1440 - index, index % 3, 1000000 - index, index] for index in range(32)],
    {"driver%d" % index: [index, None, [[127, hour * 60, 0] for hour in range(8)]] for index in range(12)},
)


class Settings:
    def get(self, key):
        return 0

    def text(self, key):
        return "EUR"


def kept():
    return KeptRules(Settings(), Store(PATH, SCHEMA), lambda: True, lambda: 0)


def save_new():
    """Return True when the station says that they are kept."""
    try:
        kept().save(NEW[0], NEW[1])
    except Refused:
        return False
    return True


def test_a_cut_at_every_write_leaves_the_old_or_the_new_rules():
    flash = formatted(128)
    kept().save(OLD[0], OLD[1])
    data = bytes(flash.data)
    done = []
    seen = []

    def work(flash):
        done.clear()
        done.append(save_new() and not flash.dead)

    def check(cut):
        table = kept().table
        found = (table.windows, table.conditions)
        assert found in (OLD, NEW), cut
        assert found == NEW or not (done and done[0]), cut
        seen.append(found == NEW)

    cuts = at_every_write(data, work, check)
    print("rules: %d power cuts" % cuts)
    assert cuts > 5 and seen[0] is False and seen[-1] is True
    unmount()


def test_a_first_save_leaves_nothing_or_everything():
    data = bytes(formatted(128).data)

    def work(flash):
        save_new()

    def check(cut):
        status, record = Store(PATH, SCHEMA).load()
        assert status == EMPTY or record == {"windows": NEW[0], "conditions": NEW[1]}, cut

    assert at_every_write(data, work, check) > 5
    unmount()
