"""Where things stand in a JSON text: a small scanner, because the json module forgets the lines."""

import json
import re

_TOKEN = re.compile(r'[ \t\r\n]*("(?:[^"\\]|\\.)*"|[][{}:,]|[^][{}:,"\s]+)')


class DuplicateKey(ValueError):
    """An object names a key twice; one of the two values would be lost."""

    def __init__(self, key: str, line: int) -> None:
        super().__init__(f"{key}: the key stands here twice")
        self.key = key
        self.line = line


class _Scanner:
    def __init__(self, text: str) -> None:
        self.lines: dict[tuple, int] = {}
        self._text = text
        self._place = 0
        self._line = 1
        self._token = ""
        self._next()

    def value(self, path: tuple) -> None:
        """Note the lines of the value that begins here."""
        self.lines.setdefault(path, self._line)
        opening = self._token
        self._next()
        if opening == "{":
            self._members(path)
        elif opening == "[":
            self._elements(path)

    def _members(self, path: tuple) -> None:
        while self._token != "}":
            key = json.loads(self._token)
            if (*path, key) in self.lines:
                raise DuplicateKey(key, self._line)
            self.lines[(*path, key)] = self._line
            self._next()
            self._next()
            self.value((*path, key))
            if self._token == ",":
                self._next()
        self._next()

    def _elements(self, path: tuple) -> None:
        index = 0
        while self._token != "]":
            self.value((*path, index))
            index += 1
            if self._token == ",":
                self._next()
        self._next()

    def _next(self) -> None:
        match = _TOKEN.match(self._text, self._place)
        if match is None:
            self._token = ""
            return
        self._line += self._text.count("\n", self._place, match.start(1))
        self._token = match.group(1)
        self._place = match.end(1)


def find_lines(text: str) -> dict[tuple, int]:
    """Return path -> line for every key and element of a JSON text that `json` has accepted.

    A path is a tuple of keys and indices. Raises DuplicateKey.
    """
    scanner = _Scanner(text)
    scanner.value(())
    return scanner.lines
