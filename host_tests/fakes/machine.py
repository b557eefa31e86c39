"""The fake `machine`: its parts come from the modules beside this one."""

from machine_io import (
    ADC,
    DEEPSLEEP_RESET,
    HARD_RESET,
    PWRON_RESET,
    RTC,
    SOFT_RESET,
    WDT,
    WDT_RESET,
    Pin,
    SoftSPI,
    Timer,
    freq,
    mem32,
    reset,
    reset_cause,
    unique_id,
)
from machine_ledc import PWM, time_pulse_us
from machine_spi import SPI
from machine_uart import UART

__all__ = (
    "ADC",
    "DEEPSLEEP_RESET",
    "HARD_RESET",
    "PWM",
    "PWRON_RESET",
    "RTC",
    "SOFT_RESET",
    "SPI",
    "UART",
    "WDT",
    "WDT_RESET",
    "Pin",
    "SoftSPI",
    "Timer",
    "freq",
    "mem32",
    "reset",
    "reset_cause",
    "time_pulse_us",
    "unique_id",
)
