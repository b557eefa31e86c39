"""Be a HomeWizard P1 meter over HTTP, or read one with the firmware's own client."""

import asyncio
import json
import time
from collections.abc import Callable

from evse import aio
from evse.services import meter_types
from evse.services.homewizard import HomeWizard
from meters_lib.csv_feed import CsvFeed
from meters_lib.probe import Reading
from meters_lib.serve import ServeError, feed_and_wait
from meters_lib.source import Source
from simworld.homewizard import data_text
from sockets.links import TcpLink, UdpLink

DEVICE = json.dumps(
    {
        "product_type": "HWE-P1",
        "product_name": "P1 meter",
        "serial": "3c39e7aabbcc",
        "firmware_version": "4.19",
        "api_version": "v1",
    }
)
READ_S = 8.0
STEP_S = 0.01


class PcNetwork:
    """The network of this PC, as a station wants it."""

    def is_up(self) -> bool:
        return True

    def open_tcp(self, address: str, port: int) -> TcpLink:
        return TcpLink(address, port)

    def open_udp(self, address: str, port: int) -> UdpLink:
        return UdpLink(address, port)


async def serve(
    source: Source,
    host_port: tuple[str, int],
    feed: CsvFeed | None,
    keyboard: bool,
    on_ready: Callable[[str], None],
) -> None:
    """Serve until the end of the keyboard input, or for ever; `on_ready` is told where. Raises ServeError."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await _answer_one(reader, writer, source):
                pass
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.close()

    try:
        server = await asyncio.start_server(answer, *host_port)
    except OSError as error:
        raise ServeError(error.strerror or str(error))
    on_ready(f"{host_port[0]}:{server.sockets[0].getsockname()[1]}")
    try:
        await feed_and_wait(source, feed, keyboard, asyncio.get_running_loop().create_future())
    finally:
        server.close()


async def _answer_one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, source: Source) -> bool:
    """Answer one request; return whether the connection goes on."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    words = head.split(" ")
    pages = {"/api": DEVICE, "/api/v1/data": data_text(source)}
    page = pages.get(words[1].rstrip("/")) if words[0] == "GET" and len(words) > 2 else None
    status = "200 OK" if page else "404 Not Found"
    goes_on = "connection: close" not in head.lower()
    lines = [f"HTTP/1.1 {status}", "Content-Type: application/json", f"Content-Length: {len(page or '')}"]
    if not goes_on:
        lines.append("Connection: close")
    writer.write(("\r\n".join(lines) + "\r\n\r\n" + (page or "")).encode())
    await writer.drain()
    return goes_on


async def read(host: str) -> Reading:
    """Read a meter at address:port, or by its name in the network."""
    kind = meter_types.find(meter_types.HOMEWIZARD)
    meter = HomeWizard(kind, meter_types.USE_MAINS, 0, host, PcNetwork())
    reading = Reading(kind)
    deadline = time.monotonic() + READ_S
    while time.monotonic() < deadline and not meter.readings and meter.errors < 2:
        meter.poll(aio.ticks_ms() & 0x3FFFFFFF)
        await asyncio.sleep(STEP_S)
    if meter.readings:
        reading.values = meter.values
        reading.has_currents = reading.answered = True
        reading.latencies_ms.append(meter.latency_ms)
    else:
        reading.gone = meter.state_text()
    meter.close()
    return reading
