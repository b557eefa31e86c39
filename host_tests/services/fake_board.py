"""A board at a serial port: a pty that speaks the raw REPL, with MicroPython and a LittleFS behind it."""

import os
import pty
import subprocess
import threading
import tty

from interpreters import MICROPYTHON, ROOT, micropython_environment

INTERPRETER = ROOT / "host_tests/mp/fake_board_interpreter.py"
CTRL_A, CTRL_B, CTRL_C, CTRL_D = b"\x01", b"\x02", b"\x03", b"\x04"
PROMPT = b"\r\n>>> "
RAW_PROMPT = b"raw REPL; CTRL-B to exit\r\n>"
# Raw paste, as boards have it: whoever sends a program may be so many bytes ahead, and again after every 0x01.
WINDOW_BYTES = 4096
RAW_PASTE = b"R\x01" + WINDOW_BYTES.to_bytes(2, "little")
MORE = CTRL_A


class FakeBoard:
    """Use it as a context manager; `port` is the path for a serial program."""

    def __init__(self, interrupts_needed: int = 1) -> None:
        self._master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        self.port = os.ttyname(self._slave)
        self.was_reset = False
        self.interrupts = 0
        self._interrupts_needed = interrupts_needed
        self._raw = False
        self._pasting = False
        self._code = bytearray()
        self._interpreter = subprocess.Popen(
            [str(MICROPYTHON), "-X", "heapsize=16M", str(INTERPRETER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=micropython_environment(),
        )
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> "FakeBoard":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._interpreter.kill()
        self._interpreter.wait()
        os.close(self._slave)
        os.close(self._master)

    def execute(self, code: str) -> bytes:
        """Run code on the board as the REPL does; return output, 0x04, error, 0x04."""
        assert self._interpreter.stdin and self._interpreter.stdout
        self._interpreter.stdin.write(code.encode().hex().encode() + b"\n")
        self._interpreter.stdin.flush()
        answer = b""
        while answer.count(CTRL_D) < 2:
            byte = self._interpreter.stdout.read(1)
            if not byte:
                raise AssertionError(f"the board's interpreter ended: {answer!r}")
            answer += byte
        return answer

    def start(self, until: str) -> list[str]:
        """Run /boot.py and /main.py as after a reset; return what they print up to a line with `until`."""
        assert self._interpreter.stdin and self._interpreter.stdout
        self._interpreter.stdin.write(b"start\n")
        self._interpreter.stdin.flush()
        lines = []
        for line in self._interpreter.stdout:
            lines.append(line.decode().rstrip())
            if until in lines[-1]:
                return lines
        raise AssertionError(f"no {until!r} in {lines}")

    def _serve(self) -> None:
        while True:
            try:
                for byte in os.read(self._master, 4096):
                    self._take(bytes((byte,)))
            except OSError:
                return

    def _take(self, byte: bytes) -> None:
        if self._pasting:
            self._paste(byte)
        elif byte == CTRL_C:
            self._code.clear()
            self.interrupts += 1
            if not self._raw and self.interrupts >= self._interrupts_needed:
                self._send(PROMPT)
        elif byte == CTRL_A:
            if self._code == b"\x05A":
                self._pasting = True
                self._send(RAW_PASTE)
            else:
                self._raw = True
                self._send(RAW_PROMPT)
            self._code.clear()
        elif byte == CTRL_B:
            self._raw = False
            self._send(PROMPT)
        elif byte == CTRL_D and self._raw:
            self._send(b"OK")
            self._run()
        else:
            self._code += byte

    def _paste(self, byte: bytes) -> None:
        if byte == CTRL_D:
            self._pasting = False
            self._send(CTRL_D)
            self._run()
            return
        self._code += byte
        if len(self._code) % WINDOW_BYTES == 0:
            self._send(MORE)

    def _run(self) -> None:
        code = self._code.decode()
        self._code.clear()
        if code.startswith("import time, machine"):
            self.was_reset = True
            self._raw = False
            return
        self._send(self.execute(code) + b">")

    def _send(self, content: bytes) -> None:
        os.write(self._master, content)
