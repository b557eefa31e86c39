#!/usr/bin/env python3
"""A central system for OCPP 1.6-J, for trying a station out: shows every message, checks it, and makes any call.

Point the station at ws://THIS-PC:9000/NAME. Exit status: 0 when it was ended, 2 for options that cannot be.
"""

import argparse
import asyncio
import ssl
import sys
import threading
import time
from typing import TextIO

from csms_lib.commands import HELP, CommandError, obey
from csms_lib.messages import Message, dump, timestamp
from csms_lib.server import Csms, tls_context

OK, BAD = 0, 2
# What each security profile of OCPP takes.
_PROFILES = (set(), {"--password"}, {"--cert", "--password"}, {"--cert", "--client-ca"})


def parse_arguments(arguments: list[str]) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(
        description=(__doc__ or "").strip(),
        epilog="Commands are typed or piped in:\n\n" + HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--listen", metavar="HOST:PORT", default=":9000", help="the host may be left out (:9000)"
    )
    parser.add_argument(
        "--cert", metavar="FILE", help="certificate of this central system in PEM: wss:// instead of ws://"
    )
    parser.add_argument("--key", metavar="FILE", help="its private key")
    parser.add_argument(
        "--client-ca", metavar="FILE", help="who signs certificates of charge points (profile 3)"
    )
    parser.add_argument(
        "--password",
        action="append",
        default=[],
        metavar="[NAME=]KEY",
        help="of a charge point, or of all; hex:... for bytes; may be given several times",
    )
    parser.add_argument(
        "--profile", type=int, choices=range(4), help="insist on the options of an OCPP security profile"
    )
    parser.add_argument("--log", metavar="FILE", help="append every message as a line of JSON")
    parser.add_argument(
        "--faults", default="", metavar="TEXT", help='from the start, such as "drop=0.1 delay=0.5"'
    )
    parser.add_argument("--sloppy", action="store_true", help="answer also what breaks a schema")
    parser.add_argument("--seconds", type=float, metavar="N", help="end after so long")
    options = parser.parse_args(arguments)
    _check(options, parser)
    return options


def _check(options: argparse.Namespace, parser: argparse.ArgumentParser) -> None:
    host, _, port = options.listen.rpartition(":")
    if not port.isdigit() or int(port) > 65535:
        parser.error("--listen must be HOST:PORT")
    options.host, options.port = host or None, int(port)
    if bool(options.cert) != bool(options.key):
        parser.error("--cert and --key belong together")
    if options.client_ca and not options.cert:
        parser.error("--client-ca needs --cert")
    given = {"--cert": options.cert, "--password": options.password, "--client-ca": options.client_ca}
    has = {name for name, value in given.items() if value}
    if options.profile is not None and _PROFILES[options.profile] != has:
        wanted = " and ".join(sorted(_PROFILES[options.profile])) or "none"
        parser.error(f"profile {options.profile} takes {wanted} of {', '.join(given)}")
    try:
        options.passwords = dict(_password(text) for text in options.password) or None
        options.tls = (
            tls_context(options.cert, options.key, options.client_ca or "") if options.cert else None
        )
    except (OSError, ValueError, ssl.SSLError) as error:
        parser.error(str(error))


def _password(text: str) -> tuple[str, bytes]:
    name, equals, key = text.rpartition("=")
    if not equals:
        name = ""
    try:
        return name, bytes.fromhex(key[4:]) if key.startswith("hex:") else key.encode()
    except ValueError:
        raise ValueError(f"--password {name or 'hex'}: no bytes in hex") from None


class Console:
    """What is shown, and what goes to the log file."""

    def __init__(self, log: TextIO | None) -> None:
        self._log = log

    def message(self, message: Message) -> None:
        self.show(message.line())
        self._write(message.as_log())

    def problem(self, charge_point: str, problem: str) -> None:
        self.show(f"   ! {charge_point}: {problem}")
        self._write({"time": timestamp(time.time()), "charge_point": charge_point, "problem": problem})

    def link(self, charge_point: str, is_there: bool) -> None:
        word = "connected" if is_there else "disconnected"
        self.show(f"   * {charge_point} {word}")
        self._write({"time": timestamp(time.time()), "charge_point": charge_point, "event": word})

    def show(self, text: str) -> None:
        print(text, flush=True)

    def _write(self, entry: dict) -> None:
        if self._log:
            self._log.write(dump(entry) + "\n")
            self._log.flush()


async def run(options: argparse.Namespace, console: Console) -> int:
    """Serve until the input ends or says so."""
    csms = Csms(
        options.host, options.port, tls=options.tls, passwords=options.passwords, strict=not options.sloppy
    )
    csms.on_message = console.message
    csms.on_problem = console.problem
    csms.on_link = console.link
    try:
        csms.faults.set(options.faults)
    except ValueError as error:
        print(f"error: --faults: {error}", file=sys.stderr)
        return BAD
    try:
        async with csms:
            scheme = "wss" if options.tls else "ws"
            place = f"{scheme}://{options.host or '0.0.0.0'}:{csms.port}/NAME"
            console.show(f"listening on {place}; ? shows what can be typed")
            typing = asyncio.create_task(_type(csms, console))
            await asyncio.wait({typing}, timeout=options.seconds)
            typing.cancel()
    except OSError as error:
        print(f"error: {options.listen}: {error.strerror or error}", file=sys.stderr)
        return BAD
    return OK


async def _type(csms: Csms, console: Console) -> None:
    """Carry out what comes from the standard input, line by line; go on without it when it ends."""
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[str] = asyncio.Queue()

    def read() -> None:
        for line in sys.stdin:
            loop.call_soon_threadsafe(lines.put_nowait, line)

    # A thread that ends with the program, because reading cannot be cancelled.
    threading.Thread(target=read, daemon=True).start()
    while True:
        try:
            shown = await obey(await lines.get(), csms)
        except CommandError as error:
            shown = f"error: {error}"
        if shown is None:
            return
        if shown:
            console.show(shown)


def main() -> int:
    """Do what the command line asks for."""
    options = parse_arguments(sys.argv[1:])
    try:
        log = open(options.log, "a", encoding="utf-8") if options.log else None
    except OSError as error:
        print(f"error: {options.log}: {error.strerror}", file=sys.stderr)
        return BAD
    try:
        return asyncio.run(run(options, Console(log)))
    except KeyboardInterrupt:
        return OK
    finally:
        if log:
            log.close()


if __name__ == "__main__":
    sys.exit(main())
