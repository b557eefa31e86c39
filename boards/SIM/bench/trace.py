"""The trace of a scenario as CSV: one line per change of an output, the same bytes on every interpreter."""

HEADER = "at_ms,output,value\n"


def line(at_ms: int, name: str, value) -> str:
    """Return the line of one change."""
    return "%d,%s,%s\n" % (at_ms, name, _cell(value))


def _cell(value) -> str:
    if value is True or value is False:
        return "true" if value else "false"
    text = " ".join([str(one) for one in value]) if isinstance(value, list) else str(value)
    if "," in text or '"' in text or "\n" in text or "\r" in text:
        return '"' + text.replace('"', '""') + '"'
    return text
