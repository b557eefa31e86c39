"""Programs that record how they were called, in place of those that talk to a board."""

import json
import sys
from pathlib import Path

SCRIPT = """#!{python}
import json, pathlib, sys
with open({log!r}, "a") as log:
    log.write(json.dumps(sys.argv[1:]) + "\\n")
answers = json.loads(pathlib.Path({answers!r}).read_text())
for word in sys.argv[1:]:
    if word in answers:
        print(answers[word])
if "read-flash" in sys.argv:
    at = sys.argv.index("read-flash")
    begin = int(sys.argv[at + 1], 0)
    memory = pathlib.Path({flash!r}).read_bytes()
    size = len(memory) if sys.argv[at + 2] == "ALL" else int(sys.argv[at + 2], 0)
    pathlib.Path(sys.argv[at + 3]).write_bytes(memory[begin:begin + size])
if "write-flash" in sys.argv:
    memory = bytearray(pathlib.Path({flash!r}).read_bytes())
    pairs = sys.argv[sys.argv.index("write-flash") + 1:]
    for address, name in zip(pairs[::2], pairs[1::2]):
        content = pathlib.Path(name).read_bytes()
        begin = int(address, 0)
        erased = begin // 4096 * 4096, -(-(begin + len(content)) // 4096) * 4096
        memory[erased[0]:erased[1]] = b"\\xff" * (erased[1] - erased[0])
        memory[begin:begin + len(content)] = content
    pathlib.Path({flash!r}).write_bytes(memory)
"""


class Recorder:
    """A fake mpremote or esptool; `answers` maps a word of the command line to what is printed for it.

    As esptool it reads and writes `flash`, whole sectors as the real one does.
    """

    def __init__(self, folder: Path, name: str, answers: dict[str, str], flash_bytes: bytes = b"") -> None:
        self._log = folder / f"{name}.log"
        self.flash = folder / f"{name}.flash"
        self.flash.write_bytes(flash_bytes)
        answers_file = folder / f"{name}.json"
        answers_file.write_text(json.dumps(answers))
        path = folder / name
        path.write_text(
            SCRIPT.format(
                python=sys.executable, log=str(self._log), answers=str(answers_file), flash=str(self.flash)
            )
        )
        path.chmod(0o755)
        self.program = str(path)

    def calls(self) -> list[list[str]]:
        """Return the arguments of every call so far."""
        if not self._log.exists():
            return []
        return [json.loads(line) for line in self._log.read_text().splitlines()]
