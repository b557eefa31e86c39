"""Judge whether what was read can be what a meter measures."""

from evse.services.meter_values import IMPORT, POWER, VOLTAGE, Values

NORMAL_DV = range(2000, 2601)
POSSIBLE_DV = range(850, 3001)
MOST_MA = 200_000
MOST_WH = 100_000_000_000
# What power and currents may differ by: reactive power, and that they were read one after the other.
SLACK_W = 100


def complaints(values: Values) -> list[str]:
    """Return in words what is no measurement."""
    found = []
    if any(abs(current_ma) > MOST_MA for current_ma in values.current_ma):
        found.append("nonsense: a current above 200 A")
    voltages = [value for value in values.voltage_dv if value]
    if any(value not in POSSIBLE_DV for value in voltages):
        found.append("nonsense: a voltage that no house has")
    if values.known & VOLTAGE and not voltages:
        found.append("nonsense: no phase has a voltage")
    if values.known & POWER and abs(values.power_w) > _most_w(values):
        found.append("nonsense: more power than voltages and currents can make")
    if values.known & IMPORT and not 0 <= values.import_wh <= MOST_WH:
        found.append("nonsense: a counter of energy that is negative or too large")
    return found


def score(values: Values) -> int:
    """Return points for everything that speaks for the values; they have no complaints."""
    points = 1
    points += 3 * sum(value in NORMAL_DV for value in values.voltage_dv)
    points += sum(current_ma != 0 for current_ma in values.current_ma)
    if values.known & POWER:
        points += 2
        # Power factors of houses are rarely below 0.5.
        expected_w = sum(
            current_ma * (voltage_dv or 2300) // 10000
            for current_ma, voltage_dv in zip(values.current_ma, values.voltage_dv, strict=True)
        )
        if expected_w and 0.5 * abs(expected_w) - SLACK_W <= abs(values.power_w):
            points += 3
    if values.known & IMPORT and values.import_wh > 0:
        points += 2
    return points


def _most_w(values: Values) -> int:
    apparent = sum(
        abs(current_ma) * (voltage_dv or 2300) // 10000
        for current_ma, voltage_dv in zip(values.current_ma, values.voltage_dv, strict=True)
    )
    return apparent * 11 // 10 + SLACK_W
