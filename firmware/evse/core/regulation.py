"""What the surroundings of the station allow: inputs, temperature, override, and the house where meters tell of it.

The house and the inputs of the site are parts that a station may do without: then they take no memory. A part is built
while the contactors are open, because its import takes longer than a control step may.
"""

from micropython import const

from evse.core import limits as lim
from evse.core import phase_choice as ph
from evse.core.config import SWITCH_GRID_RELAY, Config
from evse.core.derating import Derating
from evse.core.inputs_filter import Steady
from evse.core.phase_choice import PhaseChoice
from evse.core.readings import HomeBattery, Readings

# Held at 0 while a part is missing: the charge ends in order, the part is built, and the slot is claimed anew.
_HOLD_HOUSE = lim.MAINS
_HOLD_SITE = lim.GRID_RELAY
_SWITCH_STEADY_MS = const(100)


class Regulation:
    """Own the claim OVERRIDE; `house` is None while neither the mains nor the circuit has a meter.

    `due` while a part has to be built, which `build` does.
    """

    def __init__(self, limits, faults, profile, config: Config) -> None:
        self._limits = limits
        self._faults = faults
        self._profile = profile
        self.ev = Readings()
        self.battery = HomeBattery()
        self.choice = PhaseChoice()
        self.house = None
        self.override_ma = 0
        self.due = False
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

    def configure(self, config: Config, minimum_ma: int, full_ma: int, uptime_s: int, loaded: bool) -> None:
        """Take new settings over; `full_ma` is the highest current the station itself may give.

        While the station is `loaded`, because a contactor is closed, nothing is built.
        """
        self._config = config
        self._minimum_ma = minimum_ma
        self._full_ma = full_ma
        self.choice.configure(config.contact2 if self._profile.has_c2 else ph.NOT_PRESENT, config.mode)
        self._derating.configure(config.max_temp_c, full_ma)
        self.set_override(self.override_ma)
        if self.remote is not None:
            self.remote.configure(config.remote_fallback, full_ma)
        self._drop_parts(uptime_s)
        self.due = self._lacks_house() or self._lacks_site()
        if self.due and loaded:
            self._configure_parts()
            if self._lacks_house():
                self._limits.claim(_HOLD_HOUSE, 0)
            if self._lacks_site():
                self._limits.claim(_HOLD_SITE, 0)
        else:
            self.build()

    def build(self) -> None:
        """Build what the settings want and hand the settings to all parts."""
        # Imported here, because their modules take memory only where there is something to regulate.
        if self._lacks_house():
            from evse.core.house import House

            self.house = House(self._limits, self._faults, self.choice, self.ev, self.battery, self._config)
            self.house.capacity.restore_peak(self._config.peak_w, self._config.peak_month)
        if self._lacks_site():
            from evse.core.site_inputs import SiteInputs

            self._site = SiteInputs(self._limits, self._config)
        self.due = False
        self._configure_parts()

    def set_override(self, current_ma: int) -> None:
        """Offer at most so much until told otherwise; 0 ends it. Solar mode has no override."""
        self.override_ma = 0 if self._config.mode == ph.SOLAR else current_ma
        if self.override_ma > 0:
            self._limits.claim(lim.OVERRIDE, self.override_ma)
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
        if self.house is not None:
            self.house.unplugged()

    # What the status shows

    def switch(self) -> int:
        """Return 1 while the switch is closed, 0 while it is open, -1 before it was read."""
        return self._switch.value

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

    def _lacks_house(self) -> bool:
        return self.house is None and (self._config.mains_meter or self._config.circuit_meter)

    def _lacks_site(self) -> bool:
        return self._site is None and (self._profile.has_inputs or self._config.switch == SWITCH_GRID_RELAY)

    def _drop_parts(self, uptime_s: int) -> None:
        """Leave the house with the last meter, and a hold that nobody needs any more."""
        if self.due:
            self._limits.release(_HOLD_HOUSE)
            self._limits.release(_HOLD_SITE)
        config = self._config
        if self.house is not None and not config.mains_meter and not config.circuit_meter:
            self.house.leave(uptime_s)
            self.house = None

    def _configure_parts(self) -> None:
        if self.house is not None:
            self.house.configure(self._config, self._minimum_ma, self._full_ma)
        if self._site is not None:
            self._site.configure(self._config, self._full_ma)
            self._claim_relay(self._site, False)

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
