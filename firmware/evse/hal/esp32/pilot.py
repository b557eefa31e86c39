"""The control pilot: generator and sampler (IEC 61851-1 Annex A)."""

from micropython import const

from evse.core.io import NOT_SAMPLED
from evse.hal.esp32.pilot_pwm import PilotPwm
from evse.hal.esp32.pilot_sampler import EdgeSampler
from evse.hal.esp32.pins import adc_channel

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from typing import Protocol

    from evse.core.io import Inputs
    from evse.core.pilot import PilotWindows

    class Sampler(Protocol):
        """What turns the sense input into bursts; C or a co-processor may do it as well.

        A burst has the lowest and highest mV of each plateau and -1 where a plateau was not sampled. It must be no
        older than one control step, taken on settled plateaus only, and both calls may neither allocate nor last
        longer than 3 ms together.
        """

        def follow(self, permille: int) -> None:
            """Expect plateaus of this duty from the next PWM period on."""
            ...

        def read_into(self, inputs: Inputs) -> None:
            """Fill `pilot_high_*_mv` and `pilot_low_*_mv` with the latest burst."""
            ...


class Pilot:
    """Pilot of the wiring's group `pilot`, seen through `sampler` or, without one, through the ADC at the edges.

    `windows` are those of the board's profile. The wiring may have `offset_mv` and `gain_permille`, measured once per
    board: corrections of what is read.
    """

    def __init__(self, wiring: dict, windows: "PilotWindows", sampler: "Sampler | None" = None) -> None:
        self._pwm = PilotPwm(wiring)
        if sampler is None:
            sense = {"pin": wiring["sense_pin"], "attenuation_db": wiring["sense_attenuation_db"]}
            sampler = EdgeSampler(
                self._pwm.pin,
                adc_channel(sense),
                windows,
                wiring.get("offset_mv", 0),
                wiring.get("gain_permille", 1000),
            )
        self._sampler = sampler

    def set(self, permille: int, connected: bool) -> None:
        """Drive the pilot: 1000 static +12 V, 0 static -12 V, else 1 kHz duty; floating when not connected."""
        if self._pwm.set(permille, connected):
            self._sampler.follow(permille)

    def read_into(self, inputs: "Inputs") -> None:
        """Fill `pilot_high_*_mv` and `pilot_low_*_mv` (pin mV; -1 where not sampled, or floating)."""
        if self._pwm.connected:
            self._sampler.read_into(inputs)
        else:
            inputs.pilot_high_min_mv = inputs.pilot_high_max_mv = NOT_SAMPLED
            inputs.pilot_low_min_mv = inputs.pilot_low_max_mv = NOT_SAMPLED
