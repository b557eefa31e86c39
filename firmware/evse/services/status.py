"""One read-only picture of the station, under the names that every interface shares."""

from micropython import const

from evse.core import faults, limits, lock, states
from evse.core.phase_choice import MODE_NAMES
from evse.core.pilot import V3
from evse.core.text_rows import row

# As in `core.remote`, which is loaded where there is one only.
_EXPIRED = const(2)
_REMOTE_STATES = ("none", "limited", "expired")


def reason(station, text: str) -> str:
    """Return in plain words why the car gets what it gets; `text` is that of the limit that rules."""
    ledger = station.limits
    text = ledger.notes.get(ledger.winner) or text
    if ledger.winner == limits.CABLE and ledger.lowest_ma == 0:
        return "No usable cable in the socket"
    if ledger.winner == limits.SUN and ledger.lowest_ma == 0:
        return "Waiting for the sun"
    if ledger.winner == limits.MAINS and station.regulation.waits_for_mains():
        return "Waiting for the first reading of the mains meter"
    if ledger.winner == limits.SHED and ledger.lowest_ma == 0:
        return "Load-shedding inputs demand 0 A"
    if ledger.winner == limits.REMOTE:
        text = _remote_reason(station, ledger.lowest_ma)
    if ledger.limit_ma == 0 and ledger.lowest_ma > 0:
        return "%s: %s is less than the minimum of %s" % (
            text,
            amps(ledger.lowest_ma),
            amps(ledger.minimum_ma),
        )
    return text


def _remote_reason(station, limit_ma: int) -> str:
    if station.regulation.remote.state() == _EXPIRED:
        return "Remote limit was not renewed"
    return "Remote limit" if limit_ma else "Remote limit of 0 A"


def remote_state(station) -> str:
    """Return how a limit of somebody else stands: none, limited or expired."""
    remote = station.regulation.remote
    return _REMOTE_STATES[remote.state()] if remote is not None else _REMOTE_STATES[0]


def remote_ma(station) -> int:
    """Return that limit, -1 without one."""
    limit_ma = station.limits.claimed_ma(limits.REMOTE, 0)
    return limit_ma if limit_ma < limits.NO_LIMIT else -1


def remote_left_s(station) -> int:
    """Return for how long it counts unless it is renewed."""
    return (max(station.limits.left_ms(limits.REMOTE), 0) + 999) // 1000


def why(station, limit_reason: str) -> str:
    """Return in one sentence what the car waits for, or why it gets what it gets; "" with no car and no fault.

    `limit_reason` is why it gets what it gets.
    """
    charger = station.charger
    text = faults.first_text(station.faults.active & station.faults.stop_mask)
    if text:
        return text
    if station.offered_ma():
        return limit_reason
    if charger.held:
        return "Charging is held: the cable is released, or the station restarts"
    if charger.access != states.ACCESS_ON:
        return "Charging is paused" if charger.access == states.ACCESS_PAUSE else "Access is off"
    if not charger.connected():
        return ""
    if station.pilot.level == V3 and not station.profile.ventilated:
        return "The car asks for ventilation, which this station has not got"
    if station.limits.limit_ma == 0:
        return limit_reason
    if charger.phases_differ:
        return "The number of phases is being changed"
    if charger.charge_delay_ms > 0:
        return "Charging may start soon"
    return "The car is asked to stop" if charger.state == states.C1 else "The car is being connected"


def amps(current_ma: int) -> str:
    """Return a current as text in A with one decimal."""
    return "%d.%d A" % (current_ma // 1000, current_ma % 1000 // 100)


def fill(status: dict, station, outputs) -> None:
    """Write every output that the station itself knows into `status`."""
    charger = station.charger
    active = station.faults.active
    ledger = station.limits
    status["state"] = states.NAMES[charger.state]
    status["state_id"] = charger.state
    status["access"] = states.ACCESS_NAMES[charger.access]
    status["mode"] = MODE_NAMES[station.config.mode]
    status["pilot.duty_permille"] = outputs.pilot_permille
    status["pilot.connected"] = outputs.pilot_connected
    status["offered_ma"] = station.offered_ma()
    status["c1"] = outputs.c1
    status["c2"] = outputs.c2
    status["phases"] = station.phases
    status["lock"] = lock.STATUS_NAMES[station.lock.status]
    status["fault"] = faults.active_codes(active) if active else []
    status["fault.text"] = faults.first_text(active) if active else ""
    regulation = station.regulation
    status["mains.sum_ma"] = regulation.sum_ma()
    status["mains.corrected_sum_ma"] = regulation.corrected_sum_ma()
    status["solar_stop_s"] = (regulation.solar_stop_ms() + 999) // 1000
    status["capacity_stop_s"] = (regulation.capacity_stop_ms() + 999) // 1000
    status["charge_delay_s"] = (charger.charge_delay_ms + 999) // 1000
    slot, text = row(limits.SLOTS, ledger.winner)
    limit_reason = reason(station, text)
    status["limit.slot"] = slot
    status["limit.ma"] = ledger.limit_ma
    status["limit.reason"] = limit_reason
    status["reason"] = why(station, limit_reason)
    status["override_ma"] = regulation.override_ma
    status["override.ends"] = regulation.override_ends
    status["remote.state"] = remote_state(station)
    status["remote.limit_ma"] = remote_ma(station)
    status["remote.left_s"] = remote_left_s(station)
    status["session.active"] = station.session.active
    status["session.energy_wh"] = station.session.energy_wh
