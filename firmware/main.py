"""Start the station on the board of this image; end in safe outputs and a reset, whatever happens."""

import asyncio

import board
from evse.log import log


def main() -> None:
    """Build the board and the station, run, and always reset."""
    reason = "start failed"
    hardware = board.make()
    try:
        from evse.app import App

        hardware.safe_state()
        reason = asyncio.run(App(hardware).run())
    except Exception as error:
        reason = "%s: %s" % (type(error).__name__, error)
        log.exception(error)
    finally:
        hardware.safe_state()
        hardware.reset(reason)


if __name__ == "__main__":
    main()
