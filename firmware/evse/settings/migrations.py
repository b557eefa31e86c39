"""How records of earlier schemas become records of the present one.

A step leads from one schema to the next and has a row for each key that was renamed or re-typed: (old key, new key,
conversion). The conversion takes the old value and returns the new one; None keeps it, and ValueError or TypeError
leaves the default. Keys without a row stay; a new key of "" drops the value. Never change a step that was released.
"""

# From schema 1 to 2, from 2 to 3, ...
STEPS: tuple = ()
# The present one is in `settings`.
FIRST_SCHEMA = 1


def migrate(record: dict, written_schema: int, steps: tuple) -> dict:
    """Return a record as the present schema has it."""
    for step in steps[max(0, written_schema - FIRST_SCHEMA) :]:
        # Two passes, so that keys can change places.
        moved = {}
        for old, new, conversion in step:
            if old in record:
                moved[new] = _convert(record[old], conversion)
        record = {key: record[key] for key in record if key not in [row[0] for row in step]}
        record.update({key: moved[key] for key in moved if key and moved[key] is not None})
    return record


def _convert(value, conversion):
    if conversion is None:
        return value
    try:
        return conversion(value)
    except (TypeError, ValueError):
        return None
