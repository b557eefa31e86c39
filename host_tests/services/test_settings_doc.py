"""docs/settings.md says what the table of settings says."""

from pathlib import Path

import settings_doc
from evse.settings import table


def test_the_document_is_up_to_date(capsys) -> None:
    assert settings_doc.main(["--check"]) == 0, capsys.readouterr().err


def test_every_setting_is_in_it_and_every_group_begins_somewhere() -> None:
    text = settings_doc.document()
    for row in table.rows():
        assert f"`{row.key}`" in text
    assert [title for _, title in settings_doc.GROUPS] == [
        line[3:] for line in text.splitlines() if line.startswith("## ")
    ][:-2]


def test_a_stale_document_is_told_and_written_anew(tmp_path: Path, capsys) -> None:
    path = tmp_path / "settings.md"
    path.write_text("old")
    assert settings_doc.main(["--check"], path) == 1
    assert "stale" in capsys.readouterr().err and path.read_text() == "old"
    assert settings_doc.main([], path) == 0
    assert settings_doc.main(["--check"], path) == 0


def test_conditions_in_words() -> None:
    assert settings_doc.words("Mode!=0&LoadBl<2/MainsMeter=1,9") == (
        "MODE is not Normal and PWR SHARE is no node; or MAINS MET is Sensorbox or API"
    )
    assert settings_doc.words("MinCurrent<=MaxCurrent") == "MIN is at most MAX"
    assert settings_doc.words("") == "always"
