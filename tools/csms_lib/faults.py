"""What a bad network or a careless back end does to messages, on demand or by chance."""

import random
from dataclasses import dataclass, field, fields


@dataclass
class Faults:
    """Probabilities from 0 to 1 for each message that goes out, `lose` for each that comes in.

    `drop` breaks the connection instead of sending; `lose` breaks it before a message that came is looked at; `cut`
    sends half a frame, then breaks the connection; `truncate` sends half of the text; `silence` sends nothing;
    `duplicate` sends twice; `reorder` sends behind the next message; `delay` waits up to `delay_s`.
    """

    drop: float = 0.0
    lose: float = 0.0
    cut: float = 0.0
    truncate: float = 0.0
    silence: float = 0.0
    duplicate: float = 0.0
    reorder: float = 0.0
    delay: float = 0.0
    delay_s: float = 1.0
    seed: int | None = None
    # What happens to the next messages of an action, before chance: `once("StartTransaction", "drop")`.
    planned: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def once(self, action: str, fault: str) -> None:
        """Let the next message that belongs to an action suffer; "" is any."""
        if fault not in NAMES:
            raise ValueError(f"no fault {fault!r}; there are {', '.join(NAMES)}")
        self.planned.append((action, fault))

    def set(self, text: str) -> None:
        """Take `drop=0.1 delay=0.5 delay_s=2`, or `off`. Raises ValueError."""
        if text.strip() in ("off", ""):
            for name in NAMES:
                setattr(self, name, 0.0)
            self.planned.clear()
            return
        for word in text.split():
            name, equals, number = word.partition("=")
            if name not in (*NAMES, "delay_s") or not equals:
                raise ValueError(f"no fault {word!r}; there are {', '.join(NAMES)} and delay_s")
            value = float(number)
            if not 0 <= value <= (1 if name in NAMES else 3600):
                raise ValueError(f"{name} must be from 0 to 1")
            setattr(self, name, value)

    def choose(self, action: str, names: tuple[str, ...]) -> str:
        """Return which of `names` happens to a message, "" for none."""
        for number, (wanted, fault) in enumerate(self.planned):
            if wanted in ("", action) and fault in names:
                del self.planned[number]
                return fault
        for name in names:
            if self._random.random() < getattr(self, name):
                return name
        return ""

    def wait_s(self) -> float:
        """Return how long to delay a message."""
        return self._random.uniform(0, self.delay_s)


NAMES = tuple(one.name for one in fields(Faults) if one.name not in ("delay_s", "seed", "planned"))
OUTGOING = tuple(name for name in NAMES if name != "lose")
