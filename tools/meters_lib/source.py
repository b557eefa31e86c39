"""What a served meter measures: set by a CSV file or by the keyboard, with energies that run."""

import math


class SourceError(ValueError):
    """A value that cannot be; the text says which."""


WS_PER_WH = 3600
LIMITS = {"A": 1000.0, "V": 1000.0, "W": 1_000_000.0, "kWh": 10_000_000.0}


def number(text: str, unit: str) -> float:
    """Return a number that a meter of this unit can show; raises SourceError."""
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        raise SourceError(f"{text!r} is not a number")
    if not math.isfinite(value) or abs(value) > LIMITS[unit]:
        raise SourceError(f"{text} {unit} is more than any meter shows")
    return value


class Source:
    """The measurements, in the units that a register bank asks for; import positive."""

    def __init__(self) -> None:
        self.current_ma = [0, 0, 0]
        self.voltage_dv = [2300, 2300, 2300]
        self.power_w = [0, 0, 0]
        self.energy_import_wh = 0
        self.energy_export_wh = 0
        self._total_w: float | None = None
        self._rest_ws = 0.0

    def set_currents(self, amps: list[float]) -> None:
        """Set the currents of the phases; those that are not given are 0."""
        self.current_ma = [round(1000 * value) for value in (*amps, 0.0, 0.0)][:3]
        self._reckon()

    def set_voltages(self, volts: list[float]) -> None:
        """Set the voltages of the phases; one value is for all."""
        if any(value < 0 for value in volts):
            raise SourceError("a voltage is not negative")
        self.voltage_dv = [
            round(10 * value) for value in (volts * 3 if len(volts) == 1 else (*volts, 0.0, 0.0))
        ][:3]
        self._reckon()

    def set_power(self, watts: float | None) -> None:
        """Set the power of all phases together; None is what currents and voltages make at power factor 1."""
        self._total_w = watts
        self._reckon()

    def set_energies(self, import_kwh: float | None, export_kwh: float | None) -> None:
        """Set the counters; None leaves one as it is."""
        for value in (import_kwh, export_kwh):
            if value is not None and value < 0:
                raise SourceError("an energy is not negative")
        if import_kwh is not None:
            self.energy_import_wh = round(1000 * import_kwh)
        if export_kwh is not None:
            self.energy_export_wh = round(1000 * export_kwh)

    def count(self, seconds: float) -> None:
        """Let the energies run for so long."""
        self._rest_ws += sum(self.power_w) * seconds
        whole_wh = int(self._rest_ws / WS_PER_WH)
        self._rest_ws -= whole_wh * WS_PER_WH
        if whole_wh > 0:
            self.energy_import_wh += whole_wh
        else:
            self.energy_export_wh -= whole_wh

    def text(self) -> str:
        """Return everything in one line."""
        currents = " ".join(f"{value / 1000:.2f}" for value in self.current_ma)
        voltages = " ".join(f"{value / 10:.1f}" for value in self.voltage_dv)
        energies = f"{self.energy_import_wh / 1000:.3f} {self.energy_export_wh / 1000:.3f}"
        return f"{currents} A   {voltages} V   {sum(self.power_w)} W   {energies} kWh"

    def _reckon(self) -> None:
        exact = [
            current_ma * voltage_dv / 10000
            for current_ma, voltage_dv in zip(self.current_ma, self.voltage_dv, strict=True)
        ]
        total = sum(exact)
        if self._total_w is not None:
            # The phases share a given power as their currents say, so that each keeps its sign.
            fits = total != 0 and self._total_w / total > 0
            exact = [value * self._total_w / total for value in exact] if fits else [self._total_w, 0.0, 0.0]
        self.power_w = [round(value) for value in exact]
