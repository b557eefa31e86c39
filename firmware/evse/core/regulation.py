"""What the surroundings of the station allow: inputs, temperature, override, and the house where meters tell of it.

The house and the inputs of the site are parts that a station may do without: then they take no memory. Their import
takes longer than a control step may, so who changes settings while the station runs loads `missing` before.
"""

from micropython import const

from evse.core import limits as lim
from evse.core import phase_choice as ph
from evse.core.config import SWITCH_GRID_RELAY, Config
from evse.core.derating import Derating
from evse.core.inputs_filter import Steady
from evse.core.phase_choice import PhaseChoice
from evse.core.readings import HomeBattery, Readings

# Those first that others need.
_HOUSE = (
    "evse.core.capacity evse.core.draw evse.core.capacity_guard evse.core.load_memory evse.core.guard "
    "evse.core.meter_point evse.core.sun evse.core.house"
)
_SITE = " evse.core.shedding evse.core.site_inputs"
_SWITCH_STEADY_MS = const(100)


class Regulation:
    """Own the claim OVERRIDE; `house` is None while neither the mains nor the circuit has a meter."""

    def __init__(self, limits, faults, profile, config: Config) -> None:
        self._limits = limits
        self._faults = faults
        self._profile = profile
        self.ev = Readings()
        self.battery = HomeBattery()
        self.choice = PhaseChoice()
        self.house = None
        # The override ends when the car goes.
        self._for_this_car = False
        # From the first remote limit on.
        self.remote = None
        self._site = None
        self._switch = Steady(_SWITCH_STEADY_MS)
        self._derating = Derating(limits)
        self._config = config
        self._minimum_ma = 6000
        self._full_ma = 6000
        self._phases = 3

    # Settings and readings

    def missing(self, config: Config) -> str:
        """Return the modules that other settings need, their names divided by spaces."""
        names = _HOUSE if self._lacks_house(config) else ""
        return names + _SITE if self._lacks_site(config) else names

    def configure(
        self, config: Config, minimum_ma: int, full_ma: int, uptime_s: int, hold_ma: int, phases: int
    ) -> None:
        """Take new settings over; `full_ma` is the highest current the station itself may give.

        A car that charges gets `hold_ma` on `phases` now, and no more until a meter that begins to count was read.
        """
        before = self._config
        self._config = config
        self._minimum_ma = minimum_ma
        self._full_ma = full_ma
        contact2 = config.contact2 if self._profile.has_c2 else ph.NOT_PRESENT
        self.choice.configure(ph.ALWAYS_OFF if config.one_phase else contact2, config.mode)
        self._derating.configure(config.max_temp_c, full_ma)
        if config.mode == ph.SOLAR:
            self.set_override(0)
        if self.remote is not None:
            self.remote.configure(config.remote_fallback, full_ma)
        if self.house is not None and not config.mains_meter and not config.circuit_meter:
            self.house.leave(uptime_s)
            self.house = None
        # Imported here, because their modules take memory only where there is something to regulate.
        if self._lacks_house(config):
            from evse.core.house import House

            self.house = House(self._limits, self._faults, self.choice, self.ev, self.battery, before)
            self.house.capacity.restore_peak(config.peak_w, config.peak_month)
        if self._lacks_site(config):
            from evse.core.site_inputs import SiteInputs

            self._site = SiteInputs(self._limits, config)
        if self.house is not None:
            self.house.configure(config, minimum_ma, full_ma, hold_ma, phases)
        if self._site is not None:
            self._site.configure(config, full_ma)
            self._claim_relay(self._site, False)

    def set_override(self, current_ma: int, duration_ms: int = -1, for_this_car: bool = False) -> None:
        """Offer at most so much; 0 ends it. Solar mode has no override.

        It lasts until told otherwise, for `duration_ms`, or until the car that is there, or the next, is unplugged.
        """
        self._for_this_car = for_this_car
        if current_ma > 0 and self._config.mode != ph.SOLAR:
            self._limits.claim(lim.OVERRIDE, current_ma, duration_ms)
        else:
            self._limits.release(lim.OVERRIDE)

    def build_remote(self):
        """Return who owns the claim REMOTE; it takes memory only where somebody else limits the station."""
        if self.remote is None:
            from evse.core.remote import Remote
            from evse.core.shedding import shed_ma

            self.remote = Remote(self._limits, shed_ma)
            self.remote.configure(self._config.remote_fallback, self._full_ma)
        return self.remote

    def ev_voltages(self, l1_dv: int, l2_dv: int, l3_dv: int) -> None:
        """Take the voltages of the EV meter; 0 where it has none."""
        self.ev.take_voltages(l1_dv, l2_dv, l3_dv)
        self._weigh_relay()

    def mains_voltages(self, l1_dv: int, l2_dv: int, l3_dv: int) -> None:
        """Take the voltages of the house connection; 0 where its meter has none."""
        if self.house is not None:
            self.house.mains.readings.take_voltages(l1_dv, l2_dv, l3_dv)
            self._weigh_relay()

    def battery_reading(self, current_ma: int, unix_s: int) -> None:
        """Take the current of the home battery, charging positive, all phases together."""
        self.battery.take(current_ma, unix_s)
        if self.house is not None:
            self.house.battery_changed()

    def unplugged(self) -> None:
        """Forget the car."""
        if self._for_this_car:
            self.set_override(0)
        if self.house is not None:
            self.house.unplugged()

    # What the status shows

    def switch(self) -> int:
        """Return 1 while the switch is closed, 0 while it is open, -1 before it was read."""
        return self._switch.value

    @property
    def override_ma(self) -> int:
        """What the override leaves, 0 while there is none."""
        claimed_ma = self._limits.claimed_ma(lim.OVERRIDE, 0)
        return claimed_ma if claimed_ma < lim.NO_LIMIT else 0

    @property
    def override_ends(self) -> str:
        """What ends the override: "request", "time" or "unplug", "" while there is none."""
        if not self.override_ma:
            return ""
        if self._limits.left_ms(lim.OVERRIDE) >= 0:
            return "time"
        return "unplug" if self._for_this_car else "request"

    def sum_ma(self) -> int:
        """Return the sum of the phases at the house connection as last read."""
        return self.house.mains.readings.sum_ma() if self.house is not None else 0

    def corrected_sum_ma(self) -> int:
        """Return the same after the correction for the home battery."""
        return self.house.corrected_sum_ma() if self.house is not None else 0

    def solar_stop_ms(self) -> int:
        """Return what is left of STOP, 0 while it does not run."""
        return self.house.sun.stop_left_ms if self.house is not None else 0

    def capacity_stop_ms(self) -> int:
        """Return what is left of CAP STOP, 0 while it does not run."""
        return self.house.tariff.left_ms if self.house is not None else 0

    def waits_for_mains(self) -> bool:
        """Return True while the mains meter has not told anything that still counts."""
        house = self.house
        return house is not None and house.mains.readings.age_ms >= self._config.mains_silent_ms

    # The control step

    def step(self, dt_ms: int, inputs, charging: bool, offer_ma: int, phases: int, uptime_s: int) -> None:
        """Let time pass and claim anew what has changed.

        `charging` while C1 is closed, `offer_ma` what the pilot offers, `phases` what the station uses.
        """
        self.ev.step(dt_ms)
        if self.battery.step(dt_ms) and self.house is not None:
            self.house.battery_changed()
        self.choice.step(dt_ms, phases)
        self._derating.step(inputs.temp_mc)
        used = self.house is not None and self.house.step(dt_ms, charging, offer_ma, phases, uptime_s)
        if self._switch.step(1 if inputs.switch else 0, dt_ms):
            self._weigh_relay()
        if self._site is not None:
            self._site.step(dt_ms, inputs)
            if used or phases != self._phases or self._site.relay_changed:
                self._phases = phases
                self._claim_relay(self._site, charging)

    def next_ms(self) -> int:
        """Return the time until something changes by itself, 0 for the next step, or -1."""
        site = self._site
        if site is not None and site.relay_changed:
            return 0
        next_ms = self.choice.next_ms()
        for left_ms in (
            self._switch.next_ms(),
            self.battery.next_ms(),
            self.remote.next_ms() if self.remote is not None else -1,
            site.next_ms() if site is not None else -1,
            self.house.next_ms() if self.house is not None else -1,
        ):
            if left_ms >= 0 and (next_ms < 0 or left_ms < next_ms):
                next_ms = left_ms
        return next_ms

    # Parts

    def _lacks_house(self, config: Config) -> bool:
        return self.house is None and (config.mains_meter or config.circuit_meter)

    def _lacks_site(self, config: Config) -> bool:
        return self._site is None and (self._profile.has_inputs or config.switch == SWITCH_GRID_RELAY)

    def _weigh_relay(self) -> None:
        """Let the next step look at the relay's limit again."""
        if self._site is not None:
            self._site.relay_changed = True

    def _claim_relay(self, site, charging: bool) -> None:
        """Claim what the grid operator's relay leaves, for the phases that are in use."""
        phases = self._phases
        most_phases = 3
        voltage_dv = self.ev.highest_dv()
        house = self.house
        if house is not None:
            if charging:
                phases = house.phases_used(phases)
            most_phases = house.likely_phases(3)
            voltage_dv = self.ev.highest_dv(house.mains.readings)
        self.choice.allow(
            site.claim_relay(self._switch.value != 0, phases, most_phases, self._minimum_ma, voltage_dv)
        )
