"""docs/mqtt.md says what the tables of topics and settings say, and names every command."""

from pathlib import Path

import mqtt_doc
from evse.services.mqtt import commands
from evse.services.mqtt import topics_table as topics


def test_the_document_is_up_to_date(capsys) -> None:
    assert mqtt_doc.main(["--check"]) == 0, capsys.readouterr().err


def test_every_topic_and_command_is_in_it() -> None:
    text = mqtt_doc.document()
    for index in range(topics.COUNT):
        assert f"| `{topics.topic(topics.get(index))}` |" in text
    known = [line.split("|")[0] for line in commands.WORDS.splitlines()]
    documented = [name for name, _, _ in mqtt_doc.COMMANDS]
    assert set(known) <= set(documented) and len(set(documented)) == len(documented)
    # What the code compares names with.
    source = Path(commands.__file__).read_text(encoding="utf-8")
    for name in documented:
        assert f'"{name}' in source or f"{name}|" in source, name


def test_a_stale_document_is_told_and_written_anew(tmp_path: Path, capsys) -> None:
    path = tmp_path / "mqtt.md"
    path.write_text("old")
    assert mqtt_doc.main(["--check"], path) == 1
    assert "stale" in capsys.readouterr().err and path.read_text() == "old"
    assert mqtt_doc.main([], path) == 0
    assert mqtt_doc.main(["--check"], path) == 0
