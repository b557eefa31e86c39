"""Every command in docs/csms.md does what it says, and so does what can be typed."""

import asyncio
import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from csms_client import RawPoint

import csms
from csms_lib.commands import HELP
from csms_lib.faults import NAMES
from interpreters import ROOT

TEXT = (ROOT / "docs/csms.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)
COMMANDS = [line for block in BLOCKS for line in block.splitlines() if line]
SERVE = [command for command in COMMANDS if "tools/csms.py" in command]
OPENSSL = [command for command in COMMANDS if command.startswith("openssl ")]


@contextmanager
def started(command: str, *more: str) -> Iterator[subprocess.Popen[str]]:
    """Run a command of the document at a free port."""
    words = shlex.split(command)
    if "--listen" not in words:
        words += ["--listen", "127.0.0.1:0"]
    words = [re.sub(r"^127\.0\.0\.1:\d+$", "127.0.0.1:0", word) for word in words]
    process = subprocess.Popen(
        [*words, *more],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=10)


def read_port(process: subprocess.Popen[str]) -> tuple[str, int]:
    assert process.stdout
    line = process.stdout.readline()
    found = re.search(r"listening on (wss?)://127\.0\.0\.1:(\d+)/NAME", line)
    assert found, line + process.stdout.read()
    return found[1], int(found[2])


def read_until(process: subprocess.Popen[str], word: str) -> str:
    assert process.stdout
    for line in process.stdout:
        if word in line:
            return line
    raise AssertionError(f"no line with {word!r}")


def type_line(process: subprocess.Popen[str], line: str) -> None:
    assert process.stdin
    process.stdin.write(line + "\n")
    process.stdin.flush()


def test_every_command_is_known_here() -> None:
    assert sorted(SERVE + OPENSSL) == sorted(COMMANDS) and len(OPENSSL) == 1 and len(SERVE) == 6


@pytest.fixture(scope="module")
def certificate() -> None:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is missing: apt-get install --no-install-recommends openssl")
    (ROOT / "build").mkdir(exist_ok=True)
    subprocess.run(shlex.split(OPENSSL[0]), cwd=ROOT, check=True, capture_output=True)


@pytest.mark.parametrize("command", SERVE)
def test_commands_listen(command: str, certificate: None) -> None:
    with started(command) as process:
        scheme, _ = read_port(process)
        assert scheme == ("wss" if "--cert" in command else "ws")


def test_a_log_file_without_passwords() -> None:
    command = next(line for line in SERVE if "--log" in line)
    log = ROOT / shlex.split(command)[shlex.split(command).index("--log") + 1]
    log.unlink(missing_ok=True)
    with started(command.replace("--seconds 2", "--seconds 20")) as process:
        _, port = read_port(process)

        async def work() -> None:
            async with RawPoint(port) as point:
                await point.boot()
                await asyncio.to_thread(read_until, process, "-> BootNotification result")
                type_line(process, "set AuthorizationKey topsecret")
                _, unique_id, _, payload = await point.hear()
                assert payload["value"] == "topsecret"
                await point.say([3, unique_id, {"status": "Accepted"}])
                line = await asyncio.to_thread(read_until, process, "-> ChangeConfiguration")
                assert "topsecret" not in line
                await asyncio.to_thread(read_until, process, '{"status":"Accepted"}')
                await point.say([2, "x", "Heartbeat", {"x": 1}])
                await asyncio.to_thread(read_until, process, "! CP1: payload: Additional properties")
            type_line(process, "q")

        asyncio.run(asyncio.wait_for(work(), 20))
        assert process.wait(10) == 0
    entries = [json.loads(line) for line in log.read_text().splitlines()]
    assert "topsecret" not in log.read_text()
    assert [entry.get("action") for entry in entries if entry.get("direction") == "out"][:2] == [
        "BootNotification",
        "ChangeConfiguration",
    ]
    assert entries[0]["event"] == "connected" and any("problem" in entry for entry in entries)
    log.unlink()


def test_what_can_be_typed_and_suffered() -> None:
    for name in NAMES:
        assert f"| `{name}` |" in TEXT and name in HELP
    for word in re.findall(r"^([a-z]+)", HELP, re.MULTILINE):
        assert f"`{word}" in TEXT or word in ("raw", "break"), word


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ("--profile 2 --password a", "takes --cert and --password"),
        ("--profile 0 --password a", "takes none"),
        ("--cert x", "belong together"),
        ("--client-ca x", "needs --cert"),
        ("--cert /no/file --key /no/file", "No such file"),
        ("--password hex:xyz", "no bytes in hex"),
        ("--listen here", "HOST:PORT"),
        ("--listen 127.0.0.1:99999", "HOST:PORT"),
        ("--faults drop=7", "from 0 to 1"),
        ("--log /no/folder/file", "No such file"),
        ("--listen 192.0.2.1:9000", "192.0.2.1:9000"),
    ],
)
def test_options_that_cannot_be(
    words: str, problem: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["csms.py", *words.split()])
    try:
        status = csms.main()
    except SystemExit as error:
        status = error.code
    assert status == 2 and problem in capsys.readouterr().err
