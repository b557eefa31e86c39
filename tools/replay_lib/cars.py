"""Car models: what each means to the simulated world."""

from dataclasses import dataclass


@dataclass(frozen=True)
class CarModel:
    """An on-board charger; currents in A, times in ms, ramp in mA/s."""

    help_text: str
    phases: int
    max_a: int
    min_a: int = 6
    start_a: int = 6
    delay_ms: int = 1000
    ramp_ma_s: int = 8000
    cable_a: int = 32

    def world(self, needs_wh: int | None) -> dict[str, int | None]:
        """Return the world inputs that make this car; `needs_wh` is the energy until it is full."""
        return {
            "car.phases": self.phases,
            "car.max_a": self.max_a,
            "car.min_a": self.min_a,
            "car.start_a": self.start_a,
            "car.delay_ms": self.delay_ms,
            "car.ramp_ma_s": self.ramp_ma_s,
            "car.needs_wh": needs_wh,
            "cable.rating_a": self.cable_a,
        }


CARS = {
    "three16": CarModel("three phases, 11 kW", 3, 16),
    "three32": CarModel("three phases, 22 kW", 3, 32, delay_ms=1500, ramp_ma_s=4000),
    "three16slow": CarModel("three phases, 11 kW, reacts after 3.5 s", 3, 16, delay_ms=3500, ramp_ma_s=1500),
    "two16": CarModel("two phases, 7.4 kW", 2, 16, delay_ms=1500),
    "one16": CarModel("one phase, 3.7 kW (plug-in hybrid)", 1, 16, delay_ms=2000, ramp_ma_s=3000, cable_a=20),
    "one32": CarModel("one phase, 7.4 kW", 1, 32),
    "quick": CarModel("three phases, 11 kW, follows within 0.3 s", 3, 16, delay_ms=300, ramp_ma_s=20000),
}
DEFAULT_CAR = "three16"
