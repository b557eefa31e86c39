"""Sessions by time, and as a table for spreadsheets."""

from evse.services import sessions_record as sr

COLUMNS = (
    "number,card,start,end,start_unix_s,end_unix_s,duration_s,start_wh,end_wh,energy_wh,highest_ma,reason,"
    "account,price_kwh_mills,price_hour_mills,cost_mills,currency"
)


def between(files, from_s: int, to_s: int):
    """Yield the sessions that ended from `from_s` to before `to_s` (unix seconds), oldest first.

    A session whose end is not known counts by its start.
    """
    for record in files.records():
        if from_s <= (record.end_s or record.start_s) < to_s:
            yield record


def csv(records, account_of):
    """Yield a heading and one line per session, with line ends; times in UTC, empty where unknown.

    `account_of(record)` is the name of the account. Prices and cost are in 1/1000 of the currency: a decimal sign would
    not be the same everywhere.
    """
    yield COLUMNS + "\r\n"
    for record in records:
        fields = (
            record.number,
            record.card,
            utc(record.start_s),
            utc(record.end_s),
            record.start_s or "",
            record.end_s or "",
            record.duration_s,
            record.start_wh if record.start_wh >= 0 else "",
            record.end_wh if record.end_wh >= 0 else "",
            record.energy_wh,
            record.highest_ma,
            sr.REASONS[record.reason][0],
            account_of(record),
            record.price_kwh if record.currency else "",
            record.price_hour if record.currency else "",
            record.cost() if record.currency else "",
            record.currency,
        )
        yield ",".join([str(field) for field in fields]) + "\r\n"


def utc(unix_s: int) -> str:
    """Return a time as 2024-02-29T12:00:00Z, "" for 0."""
    if unix_s <= 0:
        return ""
    # The civil calendar, with years that begin in March, so that leap days come last.
    day = unix_s // 86400 + 719468
    second = unix_s % 86400
    era = day // 146097
    day = day % 146097
    year = (day - day // 1460 + day // 36524 - day // 146096) // 365
    day -= 365 * year + year // 4 - year // 100
    month = (5 * day + 2) // 153
    day -= (153 * month + 2) // 5
    year += era * 400 + (1 if month >= 10 else 0)
    month += 3 if month < 10 else -9
    return "%04d-%02d-%02dT%02d:%02d:%02dZ" % (
        year,
        month,
        day + 1,
        second // 3600,
        second % 3600 // 60,
        second % 60,
    )
