"""The files of the station's page: small, whole in themselves, and with every word in three languages."""

import re

import page_pack
import page_shots
from evse.core import faults, limits, text_rows
from evse.settings import table
from interpreters import ROOT

PAGE = ROOT / "firmware/evse/services/web/page"
PACKED_BYTES = 60_000


def test_page_fits_into_its_flash_and_asks_for_nothing_from_elsewhere():
    files = sorted(PAGE.iterdir())
    assert {"index.html", "app.js", "style.css"} <= {path.name for path in files}
    assert sum(len(page_pack.packed(path)) for path in files) <= PACKED_BYTES
    for path in files:
        addresses = re.findall(r"""https?://[^\s'")]+""", path.read_text())
        assert set(addresses) <= {"http://www.w3.org/2000/svg"}, path


def test_packing_takes_nothing_away_that_counts():
    for path in PAGE.iterdir():
        text = path.read_text()
        kept = page_pack.stripped(path).decode()
        # A text over several lines would lose what is before its lines.
        assert all(line.count("`") % 2 == 0 for line in text.splitlines()), path
        without = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("// "))
        assert "".join(without.split()) == "".join(kept.split())
        # Space within texts counts, and is not what is left out.
        texts = re.findall(r'"(?:[^"\\\n]|\\.)*"|`[^`\n]*`', re.sub(r"(?m)^\s*// .*", "", text))
        assert [one for one in texts if one not in kept] == [], path


def test_every_word_of_the_page_is_there_in_german_and_dutch():
    text = (PAGE / "texts.js").read_text()
    rows = re.findall(r'"((?:[^"\\]|\\.)*)": \["((?:[^"\\]|\\.)+)", "((?:[^"\\]|\\.)+)"\]', text)
    known = {row[0]: row[1:] for row in rows}
    assert len(known) == len(rows) == text.count('": ["')
    used = set()
    for path in PAGE.glob("*.js"):
        for inside in re.findall(r"\bt\(([^()]*(?:\([^()]*\)[^()]*)*)\)", path.read_text()):
            # Texts begin with a capital letter or have a space; names of fields do not.
            used |= {word for word in re.findall(r'"([^"]+)"', inside) if re.match(r"[A-Z%]|.+ \w", word)}
    # What the station says by itself: why the car gets what it gets, and what its settings are for.
    said = {fields[1] for fields in text_rows.rows(faults.TABLE) + text_rows.rows(limits.SLOTS)}
    said |= {row.help_text.replace('"', '\\"') for row in table.rows() if row.kind != table.HIDDEN}
    assert len(used) > 200 and (used | said) - set(known) == set()
    for english, others in known.items():
        for other in others:
            assert sorted(re.findall(r"%\d", english)) == sorted(re.findall(r"%\d", other)), english


def test_every_view_is_shown_in_the_documents():
    assert page_shots.problems() == []
    assert "(page.md)" in (ROOT / "docs/web.md").read_text()
