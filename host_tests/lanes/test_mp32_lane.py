"""The core lane under the 32-bit WebAssembly build of MicroPython, one pytest test per file."""

import subprocess

import pytest

from interpreters import ROOT, WASM_PACKAGE, find_node
from lanes.judge import judge

TIMEOUT_S = 900
FILES = [path.relative_to(ROOT).as_posix() for path in sorted(ROOT.glob("host_tests/core/**/test_*.py"))]


@pytest.fixture(scope="module")
def node() -> str:
    """Return the path of Node.js, or skip the test."""
    path = find_node()
    if path is None:
        pytest.skip("Node.js is missing: apt-get install nodejs npm")
    if not WASM_PACKAGE.exists():
        pytest.skip("32-bit MicroPython is not installed: npm ci")
    return path


def run_lane(node: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run node in the tree; the output has both streams."""
    return subprocess.run(
        [node, *arguments],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )


@pytest.mark.parametrize("file", FILES)
def test_file_passes_under_32_bit_micropython(node, file):
    judge(run_lane(node, "host_tests/run_mp32.mjs", file))


def test_runner_reports_a_file_it_cannot_run(node):
    result = run_lane(node, "host_tests/run_mp32.mjs", "host_tests/core/test_missing.py")
    assert result.returncode == 1
    assert result.stdout.splitlines()[-1] == "0 passed, 1 failed"
