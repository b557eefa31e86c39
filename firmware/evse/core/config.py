"""What the settings tell the core, in the core's units."""

from micropython import const

from evse.core import lock, phase_choice

# Of the functions of the SWITCH input, the one that the core carries out itself.
SWITCH_GRID_RELAY = const(5)


class Config:
    """Values with the defaults of a virgin station."""

    def __init__(self) -> None:
        self.socket = True
        self.lock_kind = lock.DISABLED
        self.residual_current_monitor = False
        self.max_temp_c = 65
        self.max_ma = 13000
        self.installer_ma = 32000
        self.minimum_ma = 6000
        self.contact2 = phase_choice.ALWAYS_ON
        # The supply has no more.
        self.one_phase = False
        self.mode = phase_choice.NORMAL
        self.mains_meter = False
        self.circuit_meter = False
        # The mains meter is a feed, whose values are some seconds old.
        self.mains_late = False
        self.mains_ma = 25000
        self.circuit_ma = 16000
        self.mains_silent_ms = 11000
        self.start_ma = 4000
        # 0: never.
        self.stop_ms = 600000
        self.import_ma = 0
        self.capacity_mode = 0
        self.capacity_ma = 0
        # 0: no time is given.
        self.capacity_stop_ms = 0
        self.capacity_intervals = ()
        # Highest quarter-hour average of the month, as it was kept.
        self.peak_w = 2500
        self.peak_month = 0
        # The lock never lets go of the cable.
        self.cable_fixed = False
        # What the SWITCH input does, as stored.
        self.switch = 0
        self.shed_active_low = False
        # What counts when a remote limit was not renewed, as stored.
        self.remote_fallback = 2
