"""Feed a served meter from a CSV file: one row after the other by its time, and again from the beginning."""

import csv
from pathlib import Path

from meters_lib.source import Source, SourceError, number

TIME = "time_s"
CURRENTS = ("l1_a", "l2_a", "l3_a")
VOLTAGES = ("l1_v", "l2_v", "l3_v")
ENERGIES = ("import_kwh", "export_kwh")
POWER = "power_w"
COLUMNS = (TIME, *CURRENTS, *VOLTAGES, POWER, *ENERGIES)


class CsvFeed:
    """The rows of one file; `step` puts the one that is due into the source."""

    def __init__(self, path: Path) -> None:
        """Read the file; raises SourceError naming the line that is wrong."""
        self._rows: list[tuple[float, dict[str, float]]] = []
        try:
            with path.open(newline="", encoding="utf-8-sig") as file:
                self._read(csv.DictReader(file))
        except OSError as error:
            raise SourceError(f"{path}: {error.strerror}")
        except UnicodeDecodeError:
            raise SourceError(f"{path}: is not UTF-8 text")
        except SourceError as error:
            raise SourceError(f"{path}: {error}")
        self._shown = -1

    def length_s(self) -> float:
        """Return after how long the first row comes again: the last row lasts as long as the one before it."""
        times = [row[0] for row in self._rows]
        return times[-1] - times[0] + (times[-1] - times[-2] if len(times) > 1 else 1.0)

    def step(self, source: Source, elapsed_s: float) -> None:
        """Let the source measure what the row of this time says."""
        at_s = self._rows[0][0] + elapsed_s % self.length_s()
        index = max(place for place, row in enumerate(self._rows) if row[0] <= at_s)
        if index == self._shown:
            return
        self._shown = index
        row = self._rows[index][1]
        source.set_currents([row.get(name, 0.0) for name in CURRENTS])
        if VOLTAGES[0] in row:
            source.set_voltages([row[name] for name in VOLTAGES if name in row])
        source.set_power(row.get(POWER))
        source.set_energies(row.get(ENERGIES[0]), row.get(ENERGIES[1]))

    def _read(self, reader: csv.DictReader) -> None:
        names = [name.strip().lower() for name in reader.fieldnames or []]
        unknown = [name for name in names if name not in COLUMNS]
        if unknown:
            raise SourceError(f"line 1: unknown column {unknown[0]!r}; there are {', '.join(COLUMNS)}")
        if CURRENTS[0] not in names:
            raise SourceError("line 1: the column l1_a is missing")
        reader.fieldnames = names
        for row in reader:
            try:
                self._add(row)
            except SourceError as error:
                raise SourceError(f"line {reader.line_num}: {error}")
        if not self._rows:
            raise SourceError("has no rows")

    def _add(self, row: dict) -> None:
        values = {}
        for name, text in row.items():
            if name is None or text is None:
                raise SourceError("has more or fewer cells than line 1")
            if text.strip():
                unit = {"a": "A", "v": "V", "w": "W"}.get(name.rsplit("_", 1)[1], "kWh")
                values[name] = number(text.strip(), unit)
        at_s = values.pop(TIME, float(len(self._rows)))
        if self._rows and at_s <= self._rows[-1][0]:
            raise SourceError("time_s must rise from row to row")
        self._rows.append((at_s, values))
