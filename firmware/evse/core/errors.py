"""The one way to say that a value was refused."""


class FieldError(Exception):
    """A field got a value that it cannot take; `text` is written for a person."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(field + ": " + text)
        self.field = field
        self.text = text


class Refused(FieldError):
    """What was asked for is right, but not possible as things stand."""
