"""The menu while it is open: three buttons walk along the rows of the settings table and change a copy.

"<" and ">" choose an item, the middle button takes hold of its value and lets it go; "EXIT" saves everything that was
changed, together or not at all. Facts: section 6.
"""

from micropython import const

from evse.core.errors import FieldError
from evse.services.buttons import LEFT, MIDDLE
from evse.settings import menu_rows, table, values

_EXIT = "EXIT"
_DIGITS = const(4)
# So many steps of one, then of ten, a hundred, a thousand; a wide range would take minutes otherwise.
_STEPS_BEFORE_TENS = const(20)
_STEPS_OF_ONE_SIZE = const(25)
# The range is no less than so many steps.
_LEAST_STEPS = const(20)
_HELP = "Saves what was changed and leaves the menu."
_PIN_HELP = "< counts up, > goes to the next digit, the middle button opens the menu."
_UNSAVED = "Save by EXIT first"
_NOT_HERE = "Must be changed by the installer"


class Menu:
    """Buttons in, what is to be shown out.

    `label`, `value`, `help_text`; `note` says why something was refused, or ""; `editing` tells whether "<" and ">"
    change the value; `cursor` is the digit of `value` that they change, or -1; `item_ms` is how long this is shown.
    `save(shown)` takes changes as `Settings.change` does; FieldError leaves the menu open with nothing saved.
    `commands` are (label, help, function) of what can be done beside settings; a function returns why it refuses.
    """

    def __init__(self, settings, save, commands: tuple = ()) -> None:
        self._settings = settings
        self._save = save
        self._commands = commands
        self._draft = {}
        # The row under the buttons; without one, a command or EXIT.
        self._row = None
        self._place = menu_rows.NONE
        self._command = len(commands)
        self._sure = False
        self._pin = settings.get("LCDPin")
        self._entered = 0
        self.is_open = True
        self.is_saved = False
        self.label = ""
        self.value = ""
        self.help_text = ""
        self.note = ""
        self.editing = False
        self.cursor = -1
        self.item_ms = 0
        if self._pin:
            self.editing = True
            self.cursor = 0
        else:
            self._move(True)
        self._show()

    def press(self, button: int, repeats: int = 0) -> None:
        """Take a press of a button, or its `repeats`-th repetition."""
        self.note = ""
        if button == MIDDLE:
            self._confirm()
        elif not self.editing:
            self._move(button != LEFT)
        elif self.cursor >= 0:
            self._turn_digit(button != LEFT)
        elif self._row is None:
            self._sure = not self._sure
        else:
            self._step(self._row, button != LEFT, repeats)
        self._show()

    def chosen(self, key: str) -> int:
        """Return the value of the setting `key` while it is the item under the buttons, else -1."""
        row = self._row
        return self._get(key) if row is not None and row.key == key else -1

    def _get(self, key: str):
        value = self._draft.get(key)
        return self._settings.get(key) if value is None else value

    # Items

    def _move(self, forward: bool) -> None:
        """Go to the next item that is shown now; behind EXIT, the last one, comes the first one."""
        commands = len(self._commands)
        self._sure = False
        if self._row is None and (self._command < commands if forward else self._command > 0):
            self._command += 1 if forward else -1
            return
        walk = menu_rows.after if forward else menu_rows.before
        self._take(walk(self._place, self._get))
        if self._row is None:
            self._command = 0 if forward else commands

    def _take(self, place: int) -> None:
        self._place = place
        self._row = menu_rows.read(place) if place != menu_rows.NONE else None

    # Values

    def _confirm(self) -> None:
        row = self._row
        if self._pin:
            self._check_pin()
        elif row is None:
            self._carry_out()
        elif table.USER not in row.writers:
            self.note = _NOT_HERE
        else:
            self.editing = not self.editing
            self.cursor = 0 if self.editing and row.check == "digits" else -1

    def _check_pin(self) -> None:
        if self._entered == self._pin:
            self._pin = 0
            self.editing = False
            self.cursor = -1
            self._move(True)
        else:
            self._entered = 0
            self.cursor = 0
            self.note = "Wrong PIN"

    def _carry_out(self) -> None:
        if self._command == len(self._commands):
            self._leave()
        elif not self.editing:
            self.editing = True
        else:
            self.editing = False
            if self._sure:
                self._sure = False
                self._do(self._commands[self._command][2])

    def _do(self, function) -> None:
        # It ends the menu, and nobody should lose what was changed.
        self.note = _UNSAVED if self._changes() else function()
        self.is_open = self.note != ""

    def _changes(self) -> dict:
        changes = {}
        for key in self._draft:
            if self._draft[key] != self._settings.get(key):
                changes[key] = values.shown(table.get(key), self._draft[key])
        return changes

    def _leave(self) -> None:
        changes = self._changes()
        try:
            if changes:
                self._save(changes)
        except FieldError as error:
            self._refuse(error)
            return
        self.is_open = False
        self.is_saved = True

    def _refuse(self, error: FieldError) -> None:
        """Go to what was refused, if it is shown, and say why."""
        place = menu_rows.place_of(error.field, self._get)
        if place == menu_rows.NONE:
            self.note = str(error)
        else:
            self.note = error.text
            self._take(place)

    def _turn_digit(self, forward: bool) -> None:
        if forward:
            self.cursor = (self.cursor + 1) % _DIGITS
            return
        row = self._row
        value = self._entered if row is None else self._get(row.key)
        power = 10 ** (_DIGITS - 1 - self.cursor)
        digit = value // power % 10
        value += ((digit + 1) % 10 - digit) * power
        if row is None:
            self._entered = value
        else:
            self._draft[row.key] = value

    def _step(self, row: table.Row, forward: bool, repeats: int) -> None:
        value = self._get(row.key)
        if row.kind == table.CHOICE:
            offered = menu_rows.offered(row, self._get)
            # A value that is not offered stays until another is chosen.
            place = offered.index(value) if value in offered else (-1 if forward else 0)
            place += 1 if forward else -1
            if 0 <= place < len(offered) or repeats == 0:
                self._draft[row.key] = offered[place % len(offered)]
        else:
            self._draft[row.key] = stepped(row, value, forward, repeats)

    def _show(self) -> None:
        row = self._row
        self.item_ms = 0
        if self._pin:
            self.label = "PIN"
            self.value = "%04d" % self._entered
            self.help_text = _PIN_HELP
        elif row is not None:
            self.label = row.label
            self.value = menu_rows.text(row, self._get(row.key))
            self.help_text = row.help_text
        elif self._command < len(self._commands):
            self.label, self.help_text, _ = self._commands[self._command]
            self.value = ("Yes" if self._sure else "No") if self.editing else ""
        else:
            self.label = _EXIT
            self.value = ""
            self.help_text = _HELP


def stepped(row: table.Row, value: int, forward: bool, repeats: int) -> int:
    """Return the next value of a number: only a new press (`repeats` 0) goes around from one end to the other."""
    low = 0 if row.zero else row.minimum
    high = row.maximum
    step = row.step
    count = repeats - _STEPS_BEFORE_TENS
    while count >= 0 and step * 10 * _LEAST_STEPS <= high - low:
        step *= 10
        count -= _STEPS_OF_ONE_SIZE
    if step == row.step:
        new = value + step if forward else value - step
    else:
        # To round numbers.
        new = (value // step + 1) * step if forward else (value - 1) // step * step
    if forward and value >= high:
        return low if repeats == 0 else high
    if not forward and value <= low:
        return high if repeats == 0 else low
    if new < row.minimum:
        # Between the 0 that stands for something else and the range is nothing.
        return row.minimum if forward or not row.zero else low
    return min(new, high)
