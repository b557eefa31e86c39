"""The core and mp lanes under the MicroPython unix port, one pytest test per file."""

import subprocess
from pathlib import Path

import pytest

from interpreters import MICROPYTHON, ROOT, micropython_environment
from lanes.judge import judge

# The tests keep what they compare; what the firmware itself may take is measured elsewhere.
HEAP = "heapsize=32M"
TIMEOUT_S = 900
FILES = [
    path.relative_to(ROOT).as_posix()
    for lane in ("core", "mp")
    for path in sorted(ROOT.glob(f"host_tests/{lane}/**/test_*.py"))
]
# These measure time.
ALONE = ("host_tests/mp/test_core_step.py", "host_tests/mp/test_ocpp_extras_figures.py")


def run_lane(*files: str | Path) -> subprocess.CompletedProcess[str]:
    """Run test files under MicroPython; the output has both streams."""
    return subprocess.run(
        [str(MICROPYTHON), "-X", HEAP, "host_tests/run_mp.py", *map(str, files)],
        cwd=ROOT,
        env=micropython_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )


@pytest.mark.parametrize(
    "file", [pytest.param(file, marks=[pytest.mark.alone] if file in ALONE else []) for file in FILES]
)
def test_file_passes_under_micropython(file):
    judge(run_lane(file))


def test_runner_reports_a_planted_failure(tmp_path):
    file = tmp_path / "test_planted.py"
    file.write_text("def test_good():\n    pass\n\n\ndef test_bad():\n    assert 1 == 2\n")
    result = run_lane(file)
    assert result.returncode == 1
    assert "::test_bad" in result.stdout
    assert "line 6, in test_bad" in result.stdout
    assert result.stdout.splitlines()[-1] == "1 passed, 1 failed"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("import no_such_module\n\n\ndef test_x():\n    pass\n", "no module named 'no_such_module'"),
        ("x = 1\n", "no test functions"),
        ("class TestX:\n    pass\n", "test classes do not run here"),
        ("async def test_x():\n    pass\n", "async tests do not run here"),
        ("def test_x():\n    pass\n\n\ndef test_x():\n    pass\n", "two tests are named test_x"),
        ("import sys\n\n\ndef test_x():\n    sys.exit(0)\n", "SystemExit"),
    ],
)
def test_runner_fails_what_it_cannot_run(tmp_path, source, message):
    file = tmp_path / "test_planted.py"
    file.write_text(source)
    result = run_lane(file)
    assert result.returncode == 1
    assert message in result.stdout
    assert result.stdout.splitlines()[-1] == "0 passed, 1 failed"
