"""A menu with its settings and a station of words, and a person in front of its three buttons."""

from evse.core import ticks
from evse.core.errors import FieldError
from evse.services.buttons import MIDDLE, RIGHT
from evse.services.loader import Loader
from evse.services.menu_task import MenuTask
from evse.settings import store as st
from evse.settings.settings import Settings

START = ticks.PERIOD - 3000
# The items that are no settings, and a choice that makes more of those visible.
COMMANDS = ["METER", "UNLOCK", "RESTART", "EXIT"]
METER = "Eastron3P"


class Memory:
    """A store without a file."""

    def __init__(self):
        self.value = None

    def load(self):
        return (st.EMPTY, None) if self.value is None else (st.LOADED, self.value)

    def save(self, value):
        self.value = value


class Charger:
    access = 1


class Station:
    def __init__(self):
        self.charger = Charger()
        self.skipped = 0

    def skip_delay(self):
        self.skipped += 1


class Gate:
    """Notes what the reader does with cards; -1 what its setting says."""

    def __init__(self):
        self.mode = -1

    def teach(self, mode):
        self.mode = mode if mode in (3, 4) else -1


class Screens:
    def __init__(self):
        self.restarts = 0

    def restart_displays(self):
        self.restarts += 1

    def resend(self):
        pass


class Board:
    """Three buttons and a clock."""

    def __init__(self):
        self.buttons = self
        self.clock = self
        self.mask = 0

    def read_mask(self):
        return self.mask


class Rig:
    """A station in front of which somebody presses buttons; `shown` is (label, value, note) of the menu."""

    def __init__(self, **settings):
        self.board = Board()
        self.store = Memory()
        self.settings = Settings(self.store)
        self.station = Station()
        self.screens = Screens()
        self.gate = Gate()
        self.loader = Loader(lambda: None)
        self.words = []
        self.saves = []
        self.refusal = ""
        if settings:
            self.settings.change({name.replace("_", " "): settings[name] for name in settings})
        self.ms = 0
        self.task = MenuTask(self)

    # What the task uses of the App

    def change_settings(self, shown, by):
        self.settings.change(shown, by)
        self.saves.append(shown)

    def request(self, words):
        if self.refusal:
            raise FieldError(words[0], self.refusal)
        self.words.append(words)
        return True

    # The person

    def hold(self, mask, duration_ms):
        """Hold buttons down, or none, for a while."""
        self.board.mask = mask
        end_ms = self.ms + duration_ms
        while self.ms < end_ms:
            self.task.step(ticks.add(START, self.ms))
            self.ms += 20
        return self

    def press(self, *masks):
        for mask in masks:
            self.hold(mask, 100).hold(0, 100)
        return self

    def open(self):
        self.hold(0, 40).hold(MIDDLE, 2100).hold(0, 100)
        assert self.task.menu is not None
        return self

    @property
    def menu(self):
        menu = self.task.menu
        assert menu is not None
        return menu

    @property
    def shown(self):
        menu = self.task.menu
        return (menu.label, menu.value, menu.note) if menu else None

    def go(self, label):
        """Press ">" until the item is there."""
        first = self.menu.label
        while self.menu.label != label:
            self.press(RIGHT)
            assert self.menu.label != first, label + " is not in the menu"
        return self

    def choose(self, label, text):
        """Go to an item and change its value by the shortest way."""
        self.go(label).press(MIDDLE)
        begin = self.menu.value
        while self.menu.value != text:
            self.press(RIGHT)
            assert self.menu.value != begin, text + " cannot be chosen"
        return self.press(MIDDLE)

    def exit(self):
        self.go("EXIT").press(MIDDLE)
        return self

    def labels(self):
        """Walk around once and return the labels of all items."""
        found = [self.menu.label]
        while True:
            self.press(RIGHT)
            if self.menu.label == found[0]:
                return found
            found.append(self.menu.label)

    def stored(self):
        """Return all values."""
        return dict(self.settings._values)
