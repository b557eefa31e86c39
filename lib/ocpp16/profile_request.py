"""A profile that was parsed: whether it may be installed, and what it is in bytes."""

import struct

from micropython import const

from . import profile_layout as pl
from . import profile_parser as pp
from .rpc import CallError

MOST_LEVEL = const(255)


def check(request: pp.ProfileParser, accept_watts: bool) -> str:
    """Return why a profile is refused, whatever the transactions are; CallError."""
    value = request.value
    level = value(pp.STACK_LEVEL)
    if level < 0:
        raise CallError("PropertyConstraintViolation", "stackLevel is negative")
    if request.rejected:
        return request.rejected
    if level > MOST_LEVEL:
        return "the stackLevel is above %d" % MOST_LEVEL
    if value(pp.KIND) == pl.RECURRING and value(pp.RECURRENCY) is None:
        return "recurrencyKind is missing"
    duration_s = value(pp.DURATION)
    if duration_s is not None and duration_s < 0:
        return "the duration is negative"
    valid_from = value(pp.VALID_FROM)
    valid_to = value(pp.VALID_TO)
    if valid_from is not None and valid_to is not None and valid_to <= valid_from:
        return "it ends before it begins to be valid"
    return check_unit(request, accept_watts)


def check_unit(request: pp.ProfileParser, accept_watts: bool) -> str:
    """Return why the unit is refused, "" when it is not."""
    return "" if accept_watts or request.value(pp.UNIT) == 0 else "it is in W, not in A"


def head(request: pp.ProfileParser, connector: int, now_s: int) -> bytes:
    """Return the head of a profile."""
    value = request.value
    purpose = value(pp.PURPOSE) + 1
    flags = purpose | value(pp.KIND) << pl.KIND_SHIFT
    start_s = value(pp.START)
    transaction_id = value(pp.TRANSACTION_ID)
    if value(pp.KIND) == pl.RECURRING and value(pp.RECURRENCY):
        flags |= pl.WEEKLY
    if start_s is None and purpose == pl.MAX and value(pp.KIND) == pl.ABSOLUTE:
        # No transaction begins for it.
        start_s = max(now_s, 0)
    if start_s is not None:
        flags |= pl.HAS_START
    if transaction_id is not None and purpose == pl.TX:
        flags |= pl.HAS_TRANSACTION
    else:
        transaction_id = 0
    return struct.pack(
        pl.HEAD,
        flags,
        value(pp.STACK_LEVEL),
        connector,
        request.count,
        value(pp.PROFILE_ID),
        transaction_id,
        value(pp.VALID_FROM) or 0,
        pl.FOREVER if value(pp.VALID_TO) is None else value(pp.VALID_TO),
        start_s or 0,
        pl.FOREVER if value(pp.DURATION) is None else value(pp.DURATION),
        request.lowest_a(),
    )


def is_same(store, slot: int, head: bytes, request: pp.ProfileParser, now_s: int) -> bool:
    """Tell whether a profile says from now on what the stored one says already."""
    old = store.packed(slot)
    if old != head:
        # A schedule in its last period for ever may have begun at any time; some back ends send it so again and again.
        if old[: pl.START_AT] != head[: pl.START_AT] or old[pl.DURATION_AT :] != head[pl.DURATION_AT :]:
            return False
        if head[0] >> pl.KIND_SHIFT & 3 != pl.ABSOLUTE or request.value(pp.DURATION) is not None:
            return False
        last_s = struct.unpack_from("<I", request.pieces[-1], len(request.pieces[-1]) - pl.PERIOD_BYTES)[0]
        start_s = max(
            struct.unpack_from("<I", old, pl.START_AT)[0], struct.unpack_from("<I", head, pl.START_AT)[0]
        )
        if start_s + last_s > now_s:
            return False
    try:
        same = store.same(slot, request.pieces)
    except OSError:
        same = False
    store.rest()
    return same
