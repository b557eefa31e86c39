"""Settings of a run: as a user writes them, checked by the table of the firmware."""

from evse.core.errors import FieldError
from evse.settings import store
from evse.settings.settings import Settings
from replay_lib.reference import Limits

# What a replay needs in order to work at all; the day and --set come after it.
DEFAULTS = {"MODE": "Smart", "MAINS MET": "Eastron3P", "EV METER": "Eastron3P"}
CIRCUIT_DEFAULTS = {"CIRCT MET": "Eastron3P"}


class NoStore:
    """A record of settings that is never written."""

    def load(self) -> tuple:
        """Return that nothing was saved."""
        return store.EMPTY, None

    def save(self, value: dict) -> None:
        """Keep nothing."""


def make_settings(shown: dict[str, str], has_circuit: bool = False) -> Settings:
    """Return settings with values by menu label or key; FieldError names the first that does not fit.

    `has_circuit` says whether the day tells what flows in the circuit of the station.
    """
    settings = Settings(NoStore())
    settings.change({**DEFAULTS, **(CIRCUIT_DEFAULTS if has_circuit else {}), **shown})
    if settings.get("CircuitMeter") and not has_circuit:
        raise FieldError("CIRCT MET", "needs a day with columns of the circuit, such as circuit_l1_a")
    return settings


def parse_set(text: str) -> tuple[str, str]:
    """Split KEY=VALUE; FieldError for anything else."""
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise FieldError(text, "must be KEY=VALUE, such as MAINS=25")
    return name.strip(), value.strip()


def reference_limits(settings: Settings, cable_a: int) -> Limits:
    """Return the same settings in the units of the reference."""
    return Limits(
        mode=settings.get("Mode"),
        mains=settings.get("MaxMains"),
        min=settings.get("MinCurrent"),
        max=settings.get("MaxCurrent"),
        start=settings.get("StartCurrent"),
        stop_min=settings.get("StopTime"),
        import_a=settings.get("ImportCurrent"),
        contact2=settings.get("EnableC2"),
        cap_mode=settings.get("CapacityMode"),
        capacity=settings.get("MaxSumMains"),
        cap_stop_min=settings.get("MaxSumMainsTime"),
        cable=cable_a,
    )
