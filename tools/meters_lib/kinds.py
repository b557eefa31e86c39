"""Meter types by the names of the menu, the custom one by its settings."""

from evse.core.errors import FieldError
from evse.services import meter_types
from evse.services.configuration import custom_meter
from evse.services.meter_types import MeterType
from evse.settings import table
from evse.settings.settings import Settings
from evse.settings.store import EMPTY


class KindError(ValueError):
    """A type that cannot be used; the text says why."""


class NoStore:
    """Settings that nobody keeps."""

    def load(self) -> tuple:
        return EMPTY, None

    def save(self, value: dict) -> None:
        pass


def names() -> list[str]:
    """Return the names of all types that are read over Modbus."""
    return [table.meters()[index] for index in (*meter_types.polled_indices(), meter_types.CUSTOM)]


def all_names() -> list[str]:
    """Return the names of all types that there are devices of."""
    return [*names(), table.meters()[meter_types.HOMEWIZARD]]


def find(name: str, settings: list[str]) -> MeterType:
    """Return a type by its menu name; `settings` are KEY=VALUE of the custom meter. Raises KindError."""
    by_name = {table.meters()[index].lower(): index for index in range(len(table.meters()))}
    index = by_name.get(name.lower(), -1)
    if index == meter_types.CUSTOM:
        return _custom(settings)
    if settings:
        raise KindError("--set is for the type Custom")
    if index == meter_types.HOMEWIZARD:
        return meter_types.find(index)
    if index not in meter_types.polled_indices():
        raise KindError(f"{name} is not read over Modbus; the types are: {', '.join(all_names())}")
    return meter_types.find(index)


def _custom(pairs: list[str]) -> MeterType:
    settings = Settings(NoStore())
    try:
        changes = dict(pair.split("=", 1) for pair in pairs)
        settings.change(changes)
        return meter_types.custom(*custom_meter(settings))
    except FieldError as error:
        raise KindError(f"--set {error}")
    except ValueError as error:
        raise KindError(f"--set: {error}")
