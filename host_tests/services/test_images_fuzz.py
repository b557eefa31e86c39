"""10,000 damaged pictures under MicroPython: each is converted or refused, in bounded memory."""

import json
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from test_images_pillow import saved, scene

from interpreters import MICROPYTHON, ROOT, micropython_environment

PER_FILE = 1000
SEED = 20260101
# Far below what the sizes that a damaged header may claim would take.
PEAK_BYTES_MAX = 62000
HEAP = "400k"


def corpus() -> dict[str, bytes]:
    """Return ten small files that together use every part of the decoders."""
    turning = [scene(20, 14).rotate(30 * turn).quantize(16) for turn in range(4)]
    return {
        "baseline.jpg": saved(scene(12, 9), "JPEG", quality=60, optimize=True),
        "progressive.jpg": saved(scene(40, 30), "JPEG", quality=50, progressive=True),
        "restarts.jpg": saved(scene(300, 40), "JPEG", quality=20, optimize=True, restart_marker_blocks=3),
        "grey.jpg": saved(scene(16, 16, "L"), "JPEG"),
        "filtered.png": saved(scene(12, 9), "PNG"),
        "palette.png": saved(scene(40, 20).quantize(16), "PNG", transparency=3),
        "plain.png": saved(scene(20, 20, "RGBA"), "PNG", compress_level=0),
        "background.gif": saved(turning[0], "GIF", save_all=True, append_images=turning[1:], disposal=2),
        "previous.gif": saved(
            turning[0], "GIF", save_all=True, append_images=turning[1:], disposal=3, transparency=2
        ),
        "large.gif": saved(scene(70, 50), "GIF"),
    }


def damage(path: Path) -> dict:
    """Convert damaged copies of a file in a process of its own."""
    command = [str(MICROPYTHON), "-X", f"heapsize={HEAP}", "host_tests/mp/images_fuzz.py"]
    result = subprocess.run(
        [*command, str(SEED), str(PER_FILE), str(path)],
        cwd=ROOT,
        env=micropython_environment(),
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert result.returncode == 0, f"{path.name}\n{result.stdout}{result.stderr}"
    return json.loads(result.stdout.splitlines()[-1])


def test_damaged_pictures(tmp_path: Path) -> None:
    paths = []
    for name, data in corpus().items():
        paths.append(tmp_path / name)
        paths[-1].write_bytes(data)
    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(damage, paths))
    print()
    for path, outcome in zip(paths, outcomes, strict=True):
        print(path.name, json.dumps(outcome))
    print(
        sum(outcome["files"] for outcome in outcomes),
        "damaged pictures, worst memory",
        max(outcome["peak"] for outcome in outcomes),
        "bytes",
    )
    assert sum(outcome["files"] for outcome in outcomes) == 10000
    for outcome in outcomes:
        assert outcome["converted"] and outcome["refused"]
        assert outcome["out of memory"] == 0
        assert outcome["peak"] <= PEAK_BYTES_MAX
        assert outcome["held"] < 2000
