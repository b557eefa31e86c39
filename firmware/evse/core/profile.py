"""Constants of a board that the core needs: sensing windows and what is fitted."""

from evse.core.pilot import PilotWindows


class Profile:
    """Describe one board to the core.

    `has_inputs` where IN1 and IN2 are fitted, `has_test` where the station can test its residual-current device.
    `proximity_table` rows are (low mV, high mV, cable rating in A), both
    bounds exclusive; a reading outside every row means no usable cable (facts: SmartEVSE v3 sheet, section 1.4).
    """

    def __init__(
        self,
        pilot: PilotWindows,
        proximity_table: tuple,
        has_c2: bool,
        has_lock: bool,
        ventilated: bool,
        max_current_ma: int,
        has_inputs: bool,
        has_test: bool = False,
    ) -> None:
        self.pilot = pilot
        self.proximity_table = proximity_table
        self.has_c2 = has_c2
        self.has_lock = has_lock
        self.ventilated = ventilated
        self.max_current_ma = max_current_ma
        self.has_inputs = has_inputs
        self.has_test = has_test
