"""Files of the station's page: packed, cached by their content, and nothing but them."""

import gzip
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

from evse.services.web import pages
from interpreters import MICROPYTHON, micropython_environment

TEXT = b"<!DOCTYPE html><title>Station</title>" * 20


@pytest.fixture
def folder(tmp_path: Path, monkeypatch) -> Path:
    """The folder of the page of an image."""
    monkeypatch.setattr(pages, "__file__", str(tmp_path / "pages.py"))
    page = tmp_path / "page"
    page.mkdir()
    (page / "index.html.gz").write_bytes(gzip.compress(TEXT, mtime=0))
    (page / "plain.css").write_bytes(b"body {}")
    (tmp_path / "secret.html.gz").write_bytes(gzip.compress(b"secret"))
    return page


def get(name: str = "", tag: str = ""):
    request = SimpleNamespace(headers={"if-none-match": tag} if tag else {})
    return pages.file(None, request, None, name) if name else pages.index(None, request, None, "")


def test_a_packed_file_has_a_tag_and_comes_again_only_when_it_has_changed(folder: Path) -> None:
    first = get()
    assert first.status_code == 200 and first.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(first.body.read()) == TEXT
    tag = first.headers["ETag"]
    assert tag.startswith('"') and len(tag) == 18 and first.headers["Cache-Control"] == "no-cache"
    for known in (tag, f'"0", {tag}', "W/" + tag):
        again = get(tag=known)
        assert again.status_code == 304 and again.body == b"" and "Content-Encoding" not in again.headers
        assert again.headers["ETag"] == tag and again.headers["Cache-Control"] == "no-cache"
    assert get("index.html", '"0000000000000000"').status_code == 200
    (folder / "index.html.gz").write_bytes(gzip.compress(TEXT + b"!"))
    changed = get(tag=tag)
    assert changed.status_code == 200 and changed.headers["ETag"] != tag


def test_an_unpacked_file_has_no_tag(folder: Path) -> None:
    answer = get("plain.css", "-")
    assert answer.status_code == 200 and "ETag" not in answer.headers and answer.body.read() == b"body {}"


@pytest.mark.parametrize(
    "name", ["../secret.html", "none.html", ".html", "index.html.gz", "INDEX.html", "a/b.html"]
)
def test_nothing_else_is_there(folder: Path, name: str) -> None:
    assert get(name)[1] == 404


PROGRAM = """
import sys, vfs
vfs.mount(vfs.VfsRom(memoryview(open(sys.argv[1], "rb").read())), "/rom")
from evse.services.web import pages
with open("/rom/index.html.gz", "rb") as file:
    print(pages._tag(file), len(file.read()))
"""


def test_the_tag_comes_out_of_an_image_too(folder: Path, tmp_path: Path) -> None:
    """The page of a station is in ROMFS, whose files have an end to seek from as others do."""
    from mpremote.romfs import make_romfs

    packed = (folder / "index.html.gz").read_bytes()
    image = tmp_path / "image.romfs"
    image.write_bytes(make_romfs(str(folder), mpy_cross=None))
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    command = [str(MICROPYTHON), str(program), str(image)]
    run = subprocess.run(
        command, env=micropython_environment(), capture_output=True, text=True, check=True, timeout=60
    )
    assert run.stdout.split() == [get().headers["ETag"], str(len(packed))]
