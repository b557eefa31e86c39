#!/usr/bin/env python3
"""Meters for trying things out: serve a simulated one to a station, or read a real one as a station would.

Exit status: 0 when all went well; 1 when nothing plausible was read; 2 for options that cannot be.
"""

import argparse
import asyncio
import sys

import replay_lib.paths  # noqa: F401  (the firmware's modules)
from evse import aio
from evse.services import meter_types
from meters_lib import homewizard, kinds, probe, serve
from meters_lib.keyboard import HELP
from meters_lib.source import Source, SourceError
from simworld.ports import open_port

OK, NOTHING, BAD = 0, 1, 2

SERVE_EPILOG = f"""\
Feed it with --csv, whose columns are time_s, l1_a, l2_a, l3_a, l1_v, l2_v, l3_v, power_w, import_kwh and export_kwh
(l1_a is needed, the others may be missing; it begins again at its end), or with --keyboard:

{HELP}

What is not fed is 0 A and 230 V.
"""


def parse_arguments(arguments: list[str]) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(
        description=(__doc__ or "").strip(), formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="serve|probe")
    server = commands.add_parser(
        "serve",
        help="be a meter, at a TCP port (RTU framing) or on a serial port",
        epilog=SERVE_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    reader = commands.add_parser("probe", help="read a meter as the station does")
    for each in (server, reader):
        each.add_argument(
            "--tcp",
            metavar="HOST:PORT",
            help="RTU over TCP, of a HomeWizard meter HTTP; the host may be left out",
        )
        each.add_argument("--serial", metavar="DEVICE", help="such as /dev/ttyUSB0, 8N1")
        each.add_argument("--baud", type=int, default=9600, help="speed of the serial port (9600)")
        each.add_argument("--address", type=int, default=10, help="Modbus address, 1 to 247 (10)")
        each.add_argument("--type", metavar="NAME", help="as in the menu: " + ", ".join(kinds.all_names()))
        each.add_argument(
            "--set",
            action="append",
            default=[],
            metavar="KEY=VALUE",
            help="of the type Custom, such as 'CUR REGI=6'",
        )
    server.add_argument("--csv", metavar="FILE", help="what it measures")
    server.add_argument("--keyboard", action="store_true", help="type what it measures")
    server.add_argument("--clamps", action="store_true", help="a Sensorbox with clamps instead of a P1 port")
    reader.add_argument("--all", action="store_true", help="try every type and rank what is plausible")
    options = parser.parse_args(arguments)
    _check(options, server if options.command == "serve" else reader)
    return options


def _check(options: argparse.Namespace, parser: argparse.ArgumentParser) -> None:
    if bool(options.tcp) == bool(options.serial):
        parser.error("one of --tcp and --serial is needed")
    if not 1 <= options.address <= 247:
        parser.error("--address must be from 1 to 247")
    if options.tcp:
        try:
            options.tcp = serve.parse_tcp(options.tcp)
        except ValueError as error:
            parser.error(f"--tcp {error}")
    trying_all = options.command == "probe" and options.all
    if bool(options.type) == trying_all:
        parser.error(
            "one of --type and --all is needed" if options.command == "probe" else "--type is needed"
        )
    options.kind = None
    if options.type:
        try:
            options.kind = kinds.find(options.type, options.set)
        except kinds.KindError as error:
            parser.error(str(error))
        if (
            options.kind.transport == meter_types.BY_SENSORBOX
            and options.address != meter_types.SENSORBOX_ADDRESS
        ):
            parser.error("a Sensorbox is always at address 10")
        if options.kind.transport == meter_types.BY_HTTP and options.serial:
            parser.error("a HomeWizard meter is asked over --tcp")
    if options.command == "serve" and options.csv and options.keyboard:
        parser.error("only one of --csv and --keyboard")


def run_serve(options: argparse.Namespace) -> int:
    """Serve a meter until it is interrupted."""
    try:
        feed = serve.read_csv(options.csv) if options.csv else None
    except SourceError as error:
        print(f"error: {error}", file=sys.stderr)
        return BAD
    source = Source()
    if feed:
        feed.step(source, 0.0)
    is_http = options.kind.transport == meter_types.BY_HTTP
    address = "" if is_http else f" at address {options.address}"

    def tell(place: str) -> None:
        print(f"{options.kind.lcd_name}{address} on {place}: {source.text()}", flush=True)

    if is_http:
        serving = homewizard.serve(source, options.tcp, feed, options.keyboard, tell)
    else:
        bank = serve.make_bank(options.kind, source, options.clamps)
        serving = serve.serve(
            bank, options.address, options.tcp, options.serial, options.baud, feed, options.keyboard, tell
        )
    try:
        asyncio.run(serving)
    except serve.ServeError as error:
        place = "%s:%d" % options.tcp if options.tcp else options.serial
        print(f"error: {place}: {error}", file=sys.stderr)
        return BAD
    except KeyboardInterrupt:
        pass
    return OK


def run_probe(options: argparse.Namespace) -> int:
    """Read a meter and print what it says."""
    if options.kind and options.kind.transport == meter_types.BY_HTTP:
        return _probe_http("%s:%d" % options.tcp)
    url = "tcp://%s:%d" % options.tcp if options.tcp else options.serial
    try:
        port = open_port(url, aio.ticks_ms, options.baud)
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return BAD
    return asyncio.run(_probe(probe.Prober(port, options.address), url, options))


def _probe_http(host: str) -> int:
    reading = asyncio.run(homewizard.read(host))
    print(f"{reading.kind.lcd_name} on {host}")
    print(reading.text())
    return OK if reading.score() else NOTHING


async def _probe(prober: probe.Prober, url: str, options: argparse.Namespace) -> int:
    if not await prober.connected():
        print(f"error: {url} cannot be opened", file=sys.stderr)
        return BAD
    if options.all:
        return await _try_all(prober, options.address)
    reading = await prober.read(options.kind)
    print(f"{options.kind.lcd_name} at address {options.address} on {url}")
    print(reading.text())
    return OK if reading.score() else NOTHING


async def _try_all(prober: probe.Prober, address: int) -> int:
    readings = []
    for index in meter_types.polled_indices():
        kind = meter_types.find(index)
        if kind.transport == meter_types.BY_SENSORBOX and address != meter_types.SENSORBOX_ADDRESS:
            continue
        readings.append(await prober.read(kind, only_currents=True))
    if not any(reading.answered for reading in readings):
        print(f"address {address}: {readings[-1].gone}")
        return NOTHING
    ranked = sorted((reading for reading in readings if reading.score()), key=lambda one: -one.score())
    if not ranked:
        print(f"address {address}: there is a device, but no type gives plausible values")
        return NOTHING
    for place, reading in enumerate(ranked):
        same = place > 0 and reading.score() == ranked[place - 1].score()
        print(f"{'  =' if same else f'{place + 1:3}'} {reading.kind.lcd_name}  ({reading.score()} points)")
        print("    " + reading.text().replace("\n", "\n    "))
    best = [reading.kind.lcd_name for reading in ranked if reading.score() == ranked[0].score()]
    if len(best) > 1:
        print(f"{' and '.join(best)} read the same here: choose by the label on the meter")
    return OK


def main() -> int:
    """Do what the command line asks for."""
    options = parse_arguments(sys.argv[1:])
    return run_serve(options) if options.command == "serve" else run_probe(options)


if __name__ == "__main__":
    sys.exit(main())
