"""The board's own small tasks: space for the journal, confirmation of new firmware."""

from micropython import const

from evse import aio
from evse.hal.esp32.ota import HealthGate

_PERIOD_MS = const(1000)
# New firmware that has run this long without failing is kept; a crash before that brings the old one back.
_HEALTHY_MS = const(180000)
# Half of the smaller journal: six hours of a charge that is noted once a minute, and then twelve at every fifth.
_SECTORS_AHEAD = const(8)


class JournalSpace:
    """Keep erased sectors ahead of a journal, one erase a second, while no contactor is closed."""

    def __init__(self, journal) -> None:
        self._journal = journal

    async def run(self) -> None:
        """Repeat for ever."""
        while True:
            self._journal.prepare(_SECTORS_AHEAD)
            await aio.sleep_ms(_PERIOD_MS)


class FirmwareCheck:
    """Confirm new firmware once the station has run for three minutes; `supervisor.reason` names a failure."""

    def __init__(self, supervisor, clock, may_erase) -> None:
        self._supervisor = supervisor
        self._clock = clock
        self._may_erase = may_erase
        self._gate = HealthGate(_HEALTHY_MS)

    async def run(self) -> None:
        """Repeat until confirmed, then wait for ever."""
        while not self.step():
            await aio.sleep_ms(_PERIOD_MS)
        await aio.forever()

    def step(self) -> bool:
        """Return True once confirmed."""
        return self._gate.step(not self._supervisor.reason, self._clock.ticks_ms(), self._may_erase())
