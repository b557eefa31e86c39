"""Wiring of the SmartEVSE v3.0 and v3.1: data only.

Every `*_pin` is a GPIO number, every `*_level` the level (0 or 1) at which the name is true. A part that is not
fitted is None. docs/boards/SMARTEVSE_V3.md explains each of them.
"""

from evse.hal.esp32 import early

# Safe before anything is known, revision included: contactors open, pilot floating and static +12 V behind it.
# The lock driver is not here: its pins are flash pins on the other revision, and after a reset it is idle.
OUTPUTS_LOW = (32, 27)
OUTPUTS_HIGH = (15, 19)

WIRING = {
    "name": "SmartEVSE v3",
    "mcu": "esp32",
    # Package field of eFuse block 0: 4 is the ESP32-U4WDH, which only v3.1 has.
    "revision": {
        "efuse_address": 0x3FF5A00C,
        "shift": 9,
        "mask": 7,
        "value": 4,
        "match": "v3.1",
        "otherwise": "v3.0",
    },
    # Bits 72 to 95 of eFuse block 3.
    "serial": {"efuse_address": 0x3FF5A080, "shift": 8, "mask": 0xFFFFFF},
    "profile": {
        # mV at the pin: 1723 mV + 0.1299 x pilot voltage; +12 V clips at the top of the converter.
        "pilot": {
            "v12_min": 3055,
            "v9_min": 2735,
            "v6_min": 2400,
            "v3_min": 2000,
            "v0_min": 1600,
            "n12_min": 100,
            "n12_max": 300,
        },
        # 680 ohm is 20 A as in IEC 61851-1. What lies between the windows is some cable, so the lowest rating;
        # short and open are none.
        "proximity_table": ((200, 400, 63), (500, 700, 32), (1200, 1400, 20), (200, 2800, 13)),
        "has_c2": True,
        "has_lock": True,
        "ventilated": False,
        "max_current_ma": 80000,
        "has_inputs": False,
    },
    # Nothing but Python opens the contactors here: no hardware acts on the pilot or on the RCM.
    "opens_without_python": False,
    "late_limit_ms": 50,
    "watchdog_ms": 5000,
    "pilot": {
        "pwm_pin": 19,
        "connect_pin": 15,
        "connect_level": 0,
        "sense_pin": 39,
        "sense_attenuation_db": 11,
    },
    # 11 dB and not the factory's 6 dB: at 6 dB an open pin (3.3 V) and a 13 A cable (1.98 V) both read full scale.
    "proximity": {"pin": 34, "attenuation_db": 11},
    # MCP9700A
    "temperature": {"pin": 36, "attenuation_db": 6, "zero_mv": 500, "mv_per_c": 10},
    "contactors": {
        "c1_pin": 32,
        "c2_pin": 27,
        "on_level": 1,
        "c1_feedback_pin": None,
        "c2_feedback_pin": None,
        "feedback_closed_level": 1,
    },
    # Low-side FETs; blue is on the 6-pin button connector only.
    "led": {"red_pin": 2, "green_pin": 4, "blue_pin": 12, "on_level": 1, "frequency_hz": 5000},
    # No chip select, and MOSI and DC are buttons too: whoever reads the buttons gives the pins back.
    "lcd": {
        "kind": "st7567",
        "mosi_pin": 33,
        "sck_pin": 26,
        "dc_pin": 25,
        "reset_pin": 5,
        "cs_pin": None,
        "backlight_pin": 14,
        "baud": 10000000,
        "spi_mode": 3,
        "width": 128,
        "height": 64,
    },
    "buttons": {
        "left_pin": 0,
        "middle_pin": 25,
        "right_pin": 33,
        "pressed_level": 0,
        "shared_with_lcd": True,
    },
    "panel": None,
    "door": None,
    "console": {"tx_pin": 1, "rx_pin": 3},
    "storage": {"partition": "vfs"},
    "journal": {"partition": "journal"},
    # Factory identity in NVS: read, never written.
    "identity_namespace": "KeyStorage",
    # Groups that differ: the builder takes those of the revision that the eFuses tell.
    "variants": {
        "v3.0": {
            "lock": {
                "a_pin": 17,
                "b_pin": 18,
                "lock_levels": (0, 1),
                "unlock_levels": (1, 0),
                "idle_levels": (1, 1),
                "feedback_pin": 35,
            },
            "residual_current": {
                "trip_pin": 13,
                "tripped_level": 1,
                "test_pin": None,
                "test_level": 0,
            },
            "inputs": {
                "in1_pin": None,
                "in2_pin": None,
                "voltage_level": 0,
                "pulse_hold_ms": 40,
                "switch_pin": 16,
                "switch_closed_level": 0,
                "switch_debounce_ms": 100,
            },
            "rfid": {"kind": "onewire", "pin": 16},
            "rs485": {
                "uart": 1,
                "tx_pin": 21,
                "rx_pin": 23,
                "direction_pin": 22,
                "transmit_level": 1,
                "baud": 9600,
            },
            "buzzer": None,
            "ext": None,
        },
        "v3.1": {
            # GPIO9 and GPIO10 are flash pins of other modules and free on the U4WDH only.
            "lock": {
                "a_pin": 10,
                "b_pin": 9,
                "lock_levels": (0, 1),
                "unlock_levels": (1, 0),
                "idle_levels": (1, 1),
                "feedback_pin": 35,
            },
            "residual_current": {
                "trip_pin": 38,
                "tripped_level": 1,
                "test_pin": None,
                "test_level": 0,
            },
            "inputs": {
                "in1_pin": None,
                "in2_pin": None,
                "voltage_level": 0,
                "pulse_hold_ms": 40,
                "switch_pin": 23,
                "switch_closed_level": 0,
                "switch_debounce_ms": 100,
            },
            "rfid": {"kind": "onewire", "pin": 23},
            "rs485": {
                "uart": 1,
                "tx_pin": 21,
                "rx_pin": 37,
                "direction_pin": 22,
                "transmit_level": 1,
                "baud": 9600,
            },
            "buzzer": {"pin": 18},
            # 3-pin extension connector, input only; nothing uses it yet.
            "ext": {"pin": 13},
        },
    },
}


def outputs_safe() -> None:
    """Open the contactors and let the pilot float."""
    early.outputs_safe(OUTPUTS_LOW, OUTPUTS_HIGH)


def make():
    """Return the board."""
    # Not before the outputs are safe: it brings the whole board along.
    from evse.hal.esp32 import station_board

    return station_board.build(WIRING)
