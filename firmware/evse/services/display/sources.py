"""Fill the view from the station; who knows more (back end, cards, menu) writes its own fields."""

from evse.core import faults, limits


def fill(view, station, local_s: int) -> None:
    """Write what the station knows; `local_s` is the local time in seconds since 1970, or 0."""
    charger = station.charger
    contactors = station.contactors
    ledger = station.limits
    regulation = station.regulation
    session = station.session
    view.state = charger.state
    view.access = charger.access
    view.connected = charger.connected()
    view.contactors = (1 if contactors.c1.command else 0) | (2 if contactors.c2.command else 0)
    view.mode = station.config.mode
    active = station.faults.active & station.faults.stop_mask
    if active:
        view.fault = faults.active_codes(active)[0]
        view.fault_text = faults.first_text(active)
    else:
        view.fault = view.fault_text = ""
    view.offered_ma = station.offered_ma()
    view.minimum_ma = ledger.minimum_ma
    view.maximum_ma = min(
        ledger.claimed_ma(limits.BOARD, 0),
        ledger.claimed_ma(limits.INSTALLER, 0),
        ledger.claimed_ma(limits.MAX_SETTING, 0),
    )
    view.limit_slot = ledger.winner
    view.limit_ma = ledger.limit_ma
    view.charge_delay_s = (charger.charge_delay_ms + 999) // 1000
    view.stop_s = (max(regulation.solar_stop_ms(), regulation.capacity_stop_ms()) + 999) // 1000
    view.phases = station.phases
    view.phases_next = 4 - station.phases if charger.phases_differ else 0
    view.current_ma = station.current_ma
    view.power_w = station.power_w
    if regulation.house is not None:
        view.mains_ma = regulation.house.mains.readings.current_ma
    view.mains_sum_ma = regulation.sum_ma()
    _fill_session(view, session, local_s)
    view.local_s = local_s
    view.meter_wh = session.meter_wh


def _fill_session(view, session, local_s: int) -> None:
    if session.active and not (view.session_active and view.session_start_s):
        view.session_start_s = local_s - session.duration_s if local_s else 0
    view.session_active = session.active
    view.session_wh = session.energy_wh
    view.session_s = session.duration_s
