"""What is plugged into and wired to a station's chip: car, cable, contactors, lock, residual-current device."""

from fake_chip import chip
from simulated_time import clock

from evse.core.lock import SOLENOID

# Pin millivolts at 0 V and per pilot volt, from the boards' dividers.
DIVIDERS = {"SMARTEVSE_V3": (1723.0, 129.9), "PICO32": (1559.0, 106.75)}
CONTACT_US = 20000
LOCK_US = 250000
RESIDUAL_US = 100000
PP_32A_MV = 595
PP_OPEN_MV = 3300
CELSIUS_25_MV = 750


class MirrorContact:
    """Closed, so low, while the contactor is open; it follows the coil 20 ms later, unless welded."""

    def __init__(self, coil_gpio):
        self._coil = chip.gpio(coil_gpio)
        self.welded = False

    def closed(self, now_us):
        settled = now_us - self._coil.changed_us >= CONTACT_US
        return self.welded or bool(self._coil.out if settled else 1 - self._coil.out)

    def at(self, now_us):
        return 1 if self.closed(now_us) else 0

    def edges(self, _begin_us, _end_us, _falling):
        return 0


class LockFeedback:
    """A solenoid's contact: 0 locked. It moves once a direction was driven for 250 ms."""

    def __init__(self, wiring):
        self._a = chip.gpio(wiring["a_pin"])
        self._b = chip.gpio(wiring["b_pin"])
        self._lock = wiring["lock_levels"]
        self._unlock = wiring["unlock_levels"]
        self.locked = False

    def step(self):
        driven_us = clock.now_us - max(self._a.changed_us, self._b.changed_us)
        levels = (self._a.level(), self._b.level())
        if driven_us >= LOCK_US and levels in (self._lock, self._unlock):
            self.locked = levels == self._lock

    def at(self, _now_us):
        return 0 if self.locked else 1

    def edges(self, _begin_us, _end_us, _falling):
        return 0


class ResidualDevice:
    """A healthy residual-current device: it shows its test input a while later."""

    def __init__(self, wiring):
        self._test = chip.gpio(wiring["test_pin"])
        self._test_level = wiring["test_level"]
        self._tripped_level = wiring["tripped_level"]

    def at(self, now_us):
        tested = self._test.level() == self._test_level
        late = now_us - self._test.changed_us < RESIDUAL_US
        return self._tripped_level if tested != late else 1 - self._tripped_level

    def edges(self, _begin_us, _end_us, _falling):
        return 0


class Surroundings:
    """Everything around the chip of a board with `wiring`, healthy and without a car."""

    def __init__(self, name, wiring):
        self.zero_mv, self.mv_per_v = DIVIDERS[name]
        self.wiring = wiring
        self.volts = 12
        self.contacts = []
        contactors = wiring["contactors"]
        for coil, feedback in (("c1_pin", "c1_feedback_pin"), ("c2_pin", "c2_feedback_pin")):
            contact = MirrorContact(contactors[coil])
            self.contacts.append(contact)
            if contactors[feedback] is not None:
                chip.gpio(contactors[feedback]).external = contact
        self.lock = LockFeedback(wiring["lock"])
        chip.gpio(wiring["lock"]["feedback_pin"]).external = self.lock
        residual = wiring["residual_current"]
        chip.gpio(residual["trip_pin"]).drive(1 - residual["tripped_level"])
        if residual["test_pin"] is not None:
            chip.gpio(residual["trip_pin"]).external = ResidualDevice(residual)
        chip.gpio(wiring["temperature"]["pin"]).analog_mv = CELSIUS_25_MV
        self.cable(PP_OPEN_MV)

    def cable(self, millivolts):
        chip.gpio(self.wiring["proximity"]["pin"]).analog_mv = millivolts

    def millivolts(self, volts):
        """Return what the sensing pin shows of the pilot."""
        return int(self.zero_mv + self.mv_per_v * volts)


def charging_config(config):
    """Set a 32 A socket with a solenoid lock and everything watched."""
    config.socket = True
    config.lock_kind = SOLENOID
    config.residual_current_monitor = True
    config.max_ma = 32000
    return config
