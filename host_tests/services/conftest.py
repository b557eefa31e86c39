"""What several tests of this lane share."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import image
from board_folders import BoardFolder


@pytest.fixture(scope="session")
def build_once(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., image.Image]:
    """Stand in for `image.build`: an image is built the first time it is asked for, and copied from then on."""
    build = image.build
    kept: dict[tuple[str, bool], image.Image] = {}

    def built(board: BoardFolder, output: Path, complete: bool = False) -> image.Image:
        key = (board.name, complete)
        if key not in kept:
            kept[key] = build(board, tmp_path_factory.mktemp("image") / board.name, complete)
        shutil.rmtree(output, ignore_errors=True)
        shutil.copytree(kept[key].folder, output)
        return image.Image(output, kept[key].manifest)

    return built


@pytest.fixture
def own_images(
    build_once: Callable[..., image.Image], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Let what a test builds be nobody else's, and build the same image only once in a process."""
    monkeypatch.setattr(image, "OUTPUT", tmp_path / "image")
    monkeypatch.setattr(image, "build", build_once)
