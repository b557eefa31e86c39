"""The backlight: on when something happens, off two minutes later, fading at the end."""

from evse.core import ticks
from evse.services.display.backlight import ON_MS, Backlight


class Display:
    def __init__(self):
        self.levels = []

    def set_backlight(self, level):
        self.levels.append(level)


def test_it_is_on_at_first_and_goes_off():
    display = Display()
    light = Backlight((display,))
    light.step(0, "A", "")
    assert display.levels == [255] and light.left_ms(0) == ON_MS
    light.step(ON_MS - 1001, "A", "")
    assert display.levels == [255]
    for ms in range(1000, -1, -200):
        light.step(ON_MS - ms, "A", "")
    assert display.levels == [255, 204, 153, 102, 51, 0]
    assert light.left_ms(ON_MS) == 0


def test_whatever_changes_lights_up():
    display = Display()
    light = Backlight((display,))
    light.step(0, "A", 0)
    light.step(200000, "A", 0)
    assert display.levels == [255, 0]
    light.step(200100, "B", 0)
    assert display.levels[-1] == 255
    light.step(200100 + ON_MS, "B", 0)
    assert display.levels[-1] == 0
    light.step(400000, "B", 1)
    assert display.levels[-1] == 255


def test_brightness_and_a_time_of_its_own():
    display = Display()
    light = Backlight((display,))
    light.brightness = 100
    light.step(0, "A")
    light.light(0, 3 * ON_MS)
    light.step(3 * ON_MS - 1000, "A")
    assert display.levels == [100]
    light.light(3 * ON_MS - 1000, 0)
    light.step(3 * ON_MS - 900, "A")
    assert display.levels == [100, 0]


def test_ticks_wrap_while_it_is_dark():
    display = Display()
    light = Backlight((display,))
    now = ticks.PERIOD - 1000
    light.step(now, "A")
    now = ticks.add(now, ON_MS)
    light.step(now, "A")
    for _ in range(10):
        now = ticks.add(now, ticks.PERIOD // 4)
        light.step(now, "A")
    assert display.levels == [255, 0]
