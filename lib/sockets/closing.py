"""The end of a connection that asyncio serves."""

import asyncio

from micropython import const

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from typing import Any

CLOSE_TIMEOUT_S = const(2)


async def close(writer: "Any") -> None:
    """Close a stream and its socket; what is not sent within two seconds is given up."""
    try:
        writer.close()
        await asyncio.wait_for(writer.wait_closed(), CLOSE_TIMEOUT_S)
    except (OSError, asyncio.TimeoutError):
        # CPython waits for unsent data; a client that does not read would hold the socket for ever.
        if hasattr(writer, "transport"):
            writer.transport.abort()
