"""The ST7567 LCD: what is written to it, byte by byte, and that its pins stay its own."""

import esp32_bench
import pytest
from fake_chip import chip
from machine import SoftSPI

from evse.hal.esp32 import lcd_st7567
from evse.hal.esp32.buttons import Buttons
from evse.hal.esp32.lcd_st7567 import Lcd

WIRING = {
    "mosi_pin": 33,
    "sck_pin": 26,
    "dc_pin": 25,
    "reset_pin": 5,
    "backlight_pin": 14,
    "baud": 10000000,
    "spi_mode": 3,
}
START = bytes.fromhex("a2a0c824f8018124a6a42f40af")


class NotedSpi(SoftSPI):
    """Notes every write with the level of the data line: (0 command, 1 data, bytes)."""

    def __init__(self, **wiring) -> None:
        super().__init__(**wiring)
        self.mode = (wiring["polarity"], wiring["phase"])
        self.writes: list[tuple[int, bytes]] = []

    def write(self, data) -> None:
        super().write(data)
        self.writes.append((chip.gpio(25).out, bytes(data)))


@pytest.fixture
def lcd(monkeypatch) -> Lcd:
    esp32_bench.begin(monkeypatch)
    monkeypatch.setattr(lcd_st7567, "SoftSPI", NotedSpi)
    return Lcd(WIRING)


def test_it_is_reset_and_initialised(lcd) -> None:
    assert lcd._spi.mode == (1, 1)
    assert lcd._spi.writes == [(0, START)]
    assert chip.gpio(5).out == 1
    lcd.restart()
    assert lcd._spi.writes == [(0, START)] * 2


def test_a_frame_goes_page_by_page(lcd) -> None:
    frame = bytearray(index // 128 for index in range(1024))
    lcd.show(frame)
    expected = []
    for page in range(8):
        expected += [(0, bytes((0xB0 | page, 0x10, 0))), (1, bytes([page] * 128))]
    assert lcd._spi.writes[1:] == expected


def test_a_part_leaves_the_other_pages_alone(lcd) -> None:
    lcd.show_part(memoryview(bytearray(256)), 3 * 128)
    assert [data[0] for kind, data in lcd._spi.writes[1:] if kind == 0] == [0xB3, 0xB4]


def test_the_backlight_is_dark_until_it_is_set(lcd) -> None:
    assert chip.gpio(14).peripheral.duty_u16() == 0
    lcd.set_backlight(300)
    assert chip.gpio(14).peripheral.duty_u16() == 65535


def test_buttons_between_two_frames_lose_nothing(lcd) -> None:
    buttons = Buttons({"left_pin": 0, "middle_pin": 25, "right_pin": 33, "pressed_level": 0}, (33, 25))
    lcd.show(bytearray(1024))
    buttons.read_mask()
    lcd.show(bytearray(1024))
    assert lcd._spi.lost == 0
