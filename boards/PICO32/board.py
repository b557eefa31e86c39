"""Wiring of PICO32, the reference design with a 32x32 panel: data only.

Every `*_pin` is a GPIO number, every `*_level` the level (0 or 1) at which the name is true. A part that is not
fitted is None. docs/boards/PICO32.md explains each of them.
"""

from evse.hal.esp32 import early

# Safe before anything is known: contactors open, lock idle, no test of the residual-current device, pilot
# floating and static +12 V behind it. External resistors hold the same levels while the pins float.
OUTPUTS_LOW = (21, 38, 47, 48, 6)
OUTPUTS_HIGH = (17, 5)

WIRING = {
    "name": "PICO32",
    "mcu": "esp32s3",
    "revision": None,
    "serial": None,
    "profile": {
        # mV at the pin: 1559 mV + 0.1068 x pilot voltage; the bounds lie half way between two levels.
        "pilot": {
            "v12_min": 2680,
            "v9_min": 2360,
            "v6_min": 2039,
            "v3_min": 1719,
            "v0_min": 1398,
            "n12_min": 100,
            "n12_max": 430,
        },
        # 680 ohm is 20 A as in IEC 61851-1. What lies between the windows is some cable, so the lowest rating;
        # short and open are none.
        "proximity_table": ((200, 400, 63), (500, 700, 32), (1200, 1400, 20), (200, 2800, 13)),
        "has_c2": True,
        "has_lock": True,
        "ventilated": False,
        "max_current_ma": 32000,
        "has_inputs": True,
    },
    # The pilot guard and the residual-current device open the contactors in hardware.
    "opens_without_python": True,
    "late_limit_ms": 50,
    "watchdog_ms": 5000,
    "pilot": {
        "pwm_pin": 5,
        "connect_pin": 6,
        "connect_level": 1,
        "sense_pin": 1,
        "sense_attenuation_db": 11,
    },
    "proximity": {"pin": 2, "attenuation_db": 11},
    # MCP9700A
    "temperature": {"pin": 4, "attenuation_db": 6, "zero_mv": 500, "mv_per_c": 10},
    # Feedback is a mirror contact, closed while the main contacts are open: a broken wire reads as closed.
    "contactors": {
        "c1_pin": 21,
        "c2_pin": 38,
        "on_level": 1,
        "c1_feedback_pin": 39,
        "c2_feedback_pin": 40,
        "feedback_closed_level": 1,
    },
    "lock": {
        "a_pin": 47,
        "b_pin": 48,
        "lock_levels": (0, 1),
        "unlock_levels": (1, 0),
        "idle_levels": (0, 0),
        "feedback_pin": 42,
    },
    "residual_current": {
        "trip_pin": 41,
        "tripped_level": 1,
        "test_pin": 17,
        "test_level": 0,
    },
    # Mains: an optocoupler pulls the pin low every half wave, so ON lasts until two periods are missing.
    "inputs": {
        "in1_pin": 8,
        "in2_pin": 9,
        "voltage_level": 0,
        "pulse_hold_ms": 40,
        "switch_pin": 10,
        "switch_closed_level": 0,
        "switch_debounce_ms": 100,
    },
    "rfid": {"kind": "pn532", "uart": 0, "tx_pin": 11, "rx_pin": 12, "baud": 115200},
    # The transceiver turns the direction itself.
    "rs485": {
        "uart": 1,
        "tx_pin": 15,
        "rx_pin": 16,
        "direction_pin": None,
        "transmit_level": 1,
        "baud": 9600,
    },
    "led": {"red_pin": 13, "green_pin": 14, "blue_pin": 18, "on_level": 1, "frequency_hz": 5000},
    "lcd": None,
    "buttons": {
        "left_pin": 35,
        "middle_pin": 36,
        "right_pin": 37,
        "pressed_level": 0,
        "shared_with_lcd": False,
    },
    "buzzer": {"pin": 7},
    # A controller with its own frame memory refreshes the panel; rows go to it by UART.
    "panel": {"kind": "rows", "uart": 2, "tx_pin": 43, "baud": 460800, "width": 32, "height": 32},
    # Supply of panel and card reader: off and on again restarts both.
    "door": {"power_pin": 44, "on_level": 1},
    "console": None,
    "ext": None,
    "storage": {"partition": "vfs"},
    "journal": {"partition": "journal"},
    "identity_namespace": None,
    "variants": {},
}


def outputs_safe() -> None:
    """Open the contactors and let the pilot float."""
    early.outputs_safe(OUTPUTS_LOW, OUTPUTS_HIGH)


def make():
    """Return the board."""
    # Not before the outputs are safe: it brings the whole board along.
    from evse.hal.esp32 import station_board

    return station_board.build(WIRING)
