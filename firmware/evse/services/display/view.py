"""What the displays know of the station: plain values that anybody may fill."""

from micropython import const

from evse.core import limits, states
from evse.core.text_rows import row

_DUTY_STEP_MA = const(250)


class View:
    """A flat picture of station, session, settings and messages; currents per phase in mA."""

    def __init__(self) -> None:
        self.name = ""
        self.version = ""
        # IP address, and the page that the QR code leads to.
        self.address = ""
        self.link = ""
        self.state = states.A
        self.access = states.ACCESS_ON
        # As stored: 0 Normal, 1 Smart, 2 Solar.
        self.mode = 0
        self.connected = False
        # What is commanded to be closed: 1 C1, 2 C2.
        self.contactors = 0
        # The car waits until somebody shows a card or uses the app.
        self.authorise = False
        self.restarting = False
        # Code and text of the most serious fault that stops charging, or "".
        self.fault = ""
        self.fault_text = ""
        # 1 connected to the back end, 0 not, -1 there is none.
        self.online = -1
        # Why it is not connected, or "".
        self.why = ""
        self.offered_ma = 0
        self.minimum_ma = 6000
        self.maximum_ma = 32000
        self.limit_slot = limits.BOARD
        self.limit_ma = 0
        self.charge_delay_s = 0
        # Until Solar or the capacity tariff stops the charge; 0 none.
        self.stop_s = 0
        self.phases = 3
        # The number of phases that it changes to, or 0.
        self.phases_next = 0
        self.current_ma = (0, 0, 0)
        self.power_w = 0
        self.mains_ma = (0, 0, 0)
        self.mains_sum_ma = 0
        self.session_active = False
        self.session_wh = 0
        self.session_s = 0
        # Local time, in seconds since 1970; 0 while unknown.
        self.session_start_s = 0
        self.local_s = 0
        # When a delayed charge begins (local time); 0 none.
        self.start_at_s = 0
        # The meter's energy register; -1 none.
        self.meter_wh = -1
        self.temp_c = 0
        # The open menu with its `label`, `value`, `help_text`, `note`, `editing`, `cursor` and `item_ms`, or None.
        self.menu = None
        # How often somebody used a button or the switch.
        self.uses = 0
        # A text of the back end, or "".
        self.message = ""
        # Idle picture: None, or an object with `count` frames and `read_into(index, buffer)`.
        self.picture = None
        # Which built-in design is shown without a picture.
        self.design = 0

    def charging(self) -> bool:
        """Return True while the contactor may carry current."""
        return self.state in (states.C, states.D, states.C1)

    def limit_slot_name(self) -> str:
        """Return the name of the limit that rules."""
        return row(limits.SLOTS, self.limit_slot)[0]

    def limited(self) -> bool:
        """Return True when something holds the current below what the station could give."""
        # An offer is as fine as the duty cycle that tells it.
        return self.offered_ma + _DUTY_STEP_MA < self.maximum_ma
