"""The heap of the OCPP part: measure_ocpp.py IMAGE DATA_DIR PORT WEB_PORT; prints JSON.

The station runs from an image, so its code stays in the ROMFS, and is told of a back end at PORT of this PC. Every row
is what a module or a step added, in bytes, after a collection. Between "profile" and a line of the input the back end
sends a profile; the most heap that was in use meanwhile is the last row.
"""

import asyncio
import gc
import json
import sys
import time

import run_image
from measure_memory import Meter
from measure_network import Measurement

_SETTLE_MS = 2000
# Some day.
_NOW_S = 1772236800
_FORGET_MS = 65000


class Ocpp(Measurement):
    """A station whose back end is chosen while it runs."""

    def __init__(self, root: str, port: int, web_port: int, meter: Meter) -> None:
        Measurement.__init__(self, root, 0, web_port, meter)
        self._port = port
        self._most = 0
        self._began_ms = time.ticks_ms()
        self._counting = True
        self._watcher = None
        self._begin = 0

    def _services(self, app, supervisor) -> list:
        return [("feeds", self._feed), ("measurement", self._measure)]

    async def _measure(self) -> None:
        app = self.app
        self._board.clock.unix_s = lambda: _NOW_S + time.ticks_diff(time.ticks_ms(), self._began_ms) // 1000
        await self._wait(lambda: app.web and not app.net.setting_up)
        await self._aio.sleep_ms(_SETTLE_MS)
        self._meter.charge("without")
        self._meter.rows.clear()
        app.loader.load = self._load
        app.change_settings({"OCPP": "Third party", "OCPP URL": "ws://127.0.0.1:%d" % self._port})
        await self._wait(lambda: app.ocpp and app.ocpp.accepted)
        self._counting = False
        self._meter.charge("objects")
        # What only answers need has left memory again by then, and so has all that an idle charge point does not.
        await self._aio.sleep_ms(_FORGET_MS)
        self._meter.charge("rest")
        gc.collect()
        begin = gc.mem_alloc()
        self._watcher = asyncio.create_task(self._watch(app.ocpp, begin))
        print("profile")
        await self._told()
        print(json.dumps(self._meter.rows + [["peak", self._most]]))
        sys.exit(0)

    def _load(self, names: str) -> None:
        for name in names.split():
            if name not in sys.modules:
                __import__(name)
                if self._counting:
                    self._meter.charge(name)
                elif self._begin:
                    self._look()

    def _look(self) -> None:
        gc.collect()
        self._most = max(self._most, gc.mem_alloc() - self._begin)

    async def _watch(self, ocpp, begin: int) -> None:
        """Look at the heap after every piece that arrives, and once the profile is stored."""
        self._begin = begin
        while not ocpp.desk:  # noqa: ASYNC110
            # The next moment may be too late.
            await asyncio.sleep(0)
        rpc, smart = ocpp.desk.rpc, ocpp.desk.smart
        receive, store = rpc.receive_data, smart.set

        def receive_data(data) -> None:
            receive(data)
            self._look()

        def set_profile(request, now_s):
            # From here on without a collection: what is garbage counts too.
            gc.collect()
            answer = store(request, now_s)
            self._most = max(self._most, gc.mem_alloc() - begin)
            return answer

        rpc.receive_data = receive_data
        smart.set = set_profile


def main(image: str, root: str, port: int, web_port: int) -> None:
    """Measure from an image."""
    run_image.mount(image)
    meter = Meter()
    meter.begin()
    asyncio.run(Ocpp(root, port, web_port, meter).app.run())


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
