"""The central system in a thread, for tests that do not run in a loop of their own."""

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

from .server import Csms

T = TypeVar("T")


class ThreadedCsms:
    """`with ThreadedCsms() as running:`; `csms` is what runs, and only `run` may touch what waits.

    Takes what Csms takes.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self.csms = Csms(*arguments, **options)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> "ThreadedCsms":
        self._thread.start()
        self.run(self.csms.__aenter__())
        return self

    def __exit__(self, *_: object) -> None:
        self.run(self.csms.__aexit__())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    @property
    def port(self) -> int:
        return self.csms.port

    def run(self, work: Coroutine[Any, Any, T], timeout_s: float = 60.0) -> T:
        """Return what a coroutine of the central system returns."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout_s)

    def call(self, action: str, payload: dict[str, Any] | None = None, **options: Any) -> dict[str, Any]:
        """Make a call; see Csms.call."""
        return self.run(self.csms.call(action, payload, **options))

    def wait_for(self, action: str, *arguments: Any, **options: Any) -> int:
        """Wait for a message; see Csms.wait_for."""
        return self.run(self.csms.wait_for(action, *arguments, **options))

    def wait_for_boot(self, **options: Any) -> int:
        """Wait until a charge point was accepted; see Csms.wait_for_boot."""
        return self.run(self.csms.wait_for_boot(**options))
