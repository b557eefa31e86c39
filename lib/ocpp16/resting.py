"""Lets a ChargePoint that has nothing to do go out of memory, and takes up a new one where it was."""

from .connector import Report
from .rest import Rest


def may_rest(cp) -> bool:
    """Tell whether nothing is under way or will come by itself, and files have everything else."""
    if not cp.is_online() or not cp.now.unix_s or cp.rpc.busy or not cp.pending.idle or cp.triggers:
        return False
    for connector in cp.connectors:
        if not connector.idle:
            return False
    if cp.updating or cp.transactions.samples.direct or not cp.journal.at_rest:
        return False
    for part in (cp.access, cp.notices, cp.authorization, cp.reservations, cp.config, cp.smart):
        if part is not None and not part.idle:
            return False
    # Readings on a grid come without a car, too.
    return not cp.config.get("ClockAlignedDataInterval")


def take(cp) -> Rest:
    """Return what is needed to go on; `may_rest` was True."""
    now = cp.now
    reports = []
    for connector in cp.connectors:
        told = connector.reported
        reports.append((told.status, told.error, told.info, told.vendor_error, connector.told_s))
    prefix, number = cp.rpc.ids
    rest = Rest(prefix, number, reports, cp.config)
    rest.up_s, rest.ms = now.up_s, now.ms
    rest.sent_s, rest.clock_s = cp.rpc.sent_s, cp.boot.clock_s
    return rest


def resume(cp, rest: Rest) -> None:
    """Let a new ChargePoint go on, which has stored what there was; then call its `step`."""
    cp.begin(rest.up_s, rest.ms)
    cp.is_connected = True
    cp.boot.resume(rest.clock_s)
    answer = cp.boot.heartbeat_answer
    cp.rpc.resume(rest.number, rest.waiting_id, answer, rest.deadline_s, rest.sent_s)
    for connector, told in zip(cp.connectors, rest.reports):
        connector.reported = Report(told[0], told[1], told[2], told[3], 0)
        connector.told_s = told[4]
