"""Run one transfer as a station does it: `ocpp_fetch.py get|put URL FILE [CA]`; prints how it ended."""

import sys
import time

from http_get.response import PENDING
from ocpp16.transfers import Transfers
from sockets.stream import Stream
from sockets.tls import client_context


def now_ms() -> int:
    """Return the time in ticks."""
    ticks = getattr(time, "ticks_ms", None)
    return ticks() if ticks else int(time.monotonic() * 1000) & 0x3FFFFFFF


def finished(transfer):
    """Carry a transfer out and return it."""
    while transfer.step(now_ms()) == PENDING:
        time.sleep(0.001)
    return transfer


def main() -> None:
    """Transfer a file."""
    way, url, path = sys.argv[1:4]
    context = None
    if len(sys.argv) > 4:
        with open(sys.argv[4], "rb") as file:
            context = client_context(file.read())

    def open_stream(secure, host, port):
        return Stream(host, port, context if secure else None)

    files = Transfers(open_stream, lambda: True, lambda secure: True, path)
    if way == "get":
        transfer = finished(files.download(url))
        if not transfer.error:
            print("".join(["%02x" % byte for byte in transfer.digest]), transfer.size)
    else:
        with open(path) as file:
            pieces = file.read().split("\n")
        size = sum([len(piece.encode()) for piece in pieces])
        transfer = finished(files.upload(url, "log.txt", size, pieces, "PUT"))
    print("failed" if transfer.error else "done", transfer.status, transfer.error)


main()
