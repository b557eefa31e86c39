"""Feed a served meter from the keyboard, one line at a time."""

from meters_lib.source import Source, SourceError, number

HELP = """\
10 -5 3         currents of L1, L2, L3 in A, minus is export; what is missing is 0
v 230 231 229   voltages in V; one value is for all
p 2300          power in W; p alone: what currents and voltages make
e 1234.5 17     energies in kWh: import, export
?               this help
q               end"""


def obey(line: str, source: Source) -> str | None:
    """Carry out one line and return what to show; None is the end. Raises SourceError."""
    words = line.split()
    name = words[0].lower() if words else ""
    if name in ("q", "quit", "exit"):
        return None
    if name in ("?", "h", "help"):
        return HELP
    if name == "v":
        source.set_voltages(_numbers(words[1:], "V", 1))
    elif name == "p":
        source.set_power(number(words[1], "W") if _few(words[1:], 1) else None)
    elif name == "e":
        energies = _numbers(words[1:], "kWh", 1)[:2]
        source.set_energies(energies[0], energies[1] if len(energies) > 1 else None)
    elif words:
        source.set_currents(_numbers(words, "A", 1))
    return source.text()


def _numbers(words: list[str], unit: str, least: int) -> list[float]:
    if _few(words, 3) < least:
        raise SourceError("a number is missing; ? shows help")
    return [number(word, unit) for word in words]


def _few(words: list[str], most: int) -> int:
    if len(words) > most:
        raise SourceError("too many numbers; ? shows help")
    return len(words)
