"""A display that a switching contactor may disturb is started again."""

from evse.core import ticks
from evse.services.display.screens import Screens


class Clock:
    now = ticks.PERIOD - 100

    def ticks_ms(self) -> int:
        return self.now


class Lcd:
    """A display that loses its picture with a restart."""

    width = 128
    height = 64

    def __init__(self) -> None:
        self.frame = bytearray(1024)
        self.restarts = 0

    def show_part(self, buffer, start) -> None:
        self.frame[start : start + len(buffer)] = buffer

    def restart(self) -> None:
        self.frame[:] = bytes(1024)
        self.restarts += 1


def run(screens, clock, duration_ms) -> None:
    for _ in range(duration_ms // 100):
        for _ in screens.step():
            pass
        clock.now = ticks.add(clock.now, 100)


def test_it_starts_again_after_every_switching_and_shows_its_page():
    clock, lcd = Clock(), Lcd()
    contactors = [0]

    def fill(view) -> None:
        view.contactors = contactors[0]

    screens = Screens((lcd,), clock, fill)
    run(screens, clock, 1000)
    drawn = bytes(lcd.frame)
    assert any(drawn) and lcd.restarts == 0
    for number, closed in enumerate((1, 3, 1, 0)):
        contactors[0] = closed
        run(screens, clock, 200)
        # Not while the disturbance lasts.
        assert lcd.restarts == number
        run(screens, clock, 300)
        assert lcd.restarts == number + 1
        # The first line has the name; the lower ones change with time.
        assert bytes(lcd.frame[:256]) == drawn[:256]
    run(screens, clock, 5000)
    assert lcd.restarts == 4
