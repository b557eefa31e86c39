"""What the settings tell the core, in the core's units."""

from evse.core import lock


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
        self.phases = 3
        self.use_c2 = True
