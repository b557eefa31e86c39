"""What the profiles allow one connector, until when, because of which profile, and what they allow then."""

from micropython import const

NONE = const(-1)


class Offer:
    """`limit_ma` (-1: none) holds until `until_s`; `purpose` and `profile_id` name the profile, "" and -1 for none."""

    def __init__(self) -> None:
        self.limit_ma = NONE
        self.until_s = 0
        self.purpose = ""
        self.profile_id = NONE
        # What comes behind it was looked for.
        self.looked_ahead = False
        self._from_s = 0
        self._next_ma = NONE
        self._next_until_s = 0
        self._next_purpose = ""
        self._next_id = NONE

    def holds(self, now_s: int) -> bool:
        """Tell whether the answer is that of a moment; what comes next is taken up at its time."""
        if self._from_s <= now_s < self.until_s:
            return True
        if self.until_s <= now_s < self._next_until_s:
            self._from_s = self.until_s
            self.until_s = self._next_until_s
            self.limit_ma = self._next_ma
            self.purpose = self._next_purpose
            self.profile_id = self._next_id
            self._next_until_s = 0
            self.looked_ahead = False
            return True
        return False

    def forget(self) -> None:
        """Keep the answer only until a new one is there."""
        self._from_s = self.until_s = self._next_until_s = 0
        self.looked_ahead = False

    def put(self, from_s: int, until_s: int, limit_ma: int, profile_id: int, purpose: str) -> None:
        """Take a new answer."""
        self._from_s = from_s
        self.until_s = until_s
        self.limit_ma = limit_ma
        self.profile_id = profile_id
        self.purpose = purpose
        self._next_until_s = 0
        self.looked_ahead = False

    def put_next(self, limit_ma: int, until_s: int, profile_id: int, purpose: str) -> None:
        """Take what holds behind it."""
        self._next_ma = limit_ma
        self._next_until_s = until_s
        self._next_id = profile_id
        self._next_purpose = purpose
