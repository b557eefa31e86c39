"""Start the station on the board of this image; end in safe outputs and a reset, whatever happens."""

import asyncio

import board
from evse.boot_record import BootRecord
from evse.log import log


async def run(hardware, record: BootRecord, recover: bool) -> str:
    """Run the station, or recovery after a boot loop; return why it ended."""
    # Imported here, so that a fault in them is caught like any other.
    if recover:
        from evse.services.recovery import Recovery

        return await Recovery(hardware, record).run()
    from evse.app import App

    return await App(hardware, record=record).run()


def main() -> None:
    """Build the board and the station, run, and always reset."""
    hardware = board.make()
    record = BootRecord(hardware.scratch)
    reason = "ended"
    try:
        hardware.safe_state()
        reason = asyncio.run(run(hardware, record, record.begin()))
    except Exception as error:
        reason = "%s: %s" % (type(error).__name__, error)
        log.exception(error)
    finally:
        hardware.safe_state()
        record.ended(reason)
        hardware.reset(reason)


if __name__ == "__main__":
    main()
