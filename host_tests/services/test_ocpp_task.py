"""What a back end leaves in the station when its task ends or fails: less current, never more."""

import asyncio
from collections.abc import Callable

import pytest
from bench_station import Bench

from evse.core import limits as lim
from evse.services import online
from evse.services.ocpp import service


class App:
    def __init__(self) -> None:
        self.station = Bench().station
        self.loader = self
        self.settings = self
        self.gate = self
        self.access = None
        self.loaded = ""
        self.mode = 1
        self.ocpp = None

    def get(self, key: str) -> int:
        assert key == "OcppMode"
        return self.mode

    def load(self, names: str) -> None:
        self.loaded += " " + names


class Limiter:
    def __init__(self, ledger: lim.Limits) -> None:
        self._ledger = ledger

    def release(self) -> None:
        self._ledger.release(lim.OCPP)


class Point:
    """Claims a limit, then fails or ends."""

    fails = True

    def __init__(self, app: App) -> None:
        self._app = app
        self.station = self.decision = self
        self.limiter = Limiter(app.station.limits)
        # Until the profiles are read.
        assert app.station.limits.claimed_ma(lim.OCPP, 0) <= 10000
        self.left = False

    def leave(self) -> None:
        self.left = True

    def build(self) -> list:
        assert "ocpp16.charge_point" in self._app.loaded
        return []

    async def run(self) -> None:
        self._app.station.limits.claim(lim.OCPP, 10000)
        self._app.station.limits.claim(lim.OFFLINE, 8000)
        if self.fails:
            raise RuntimeError
        self._app.station.limits.release(lim.OFFLINE)
        self._app.mode = 0


@pytest.fixture(name="app")
def _app(monkeypatch: pytest.MonkeyPatch) -> App:
    monkeypatch.setattr(service.Ocpp, "_make_point", lambda ocpp: Point(ocpp._app))
    monkeypatch.setattr(online, "_CHECK_MS", 5)
    return App()


def run(app: App, until: Callable[[], bool]) -> None:
    async def main() -> None:
        task = asyncio.create_task(online.run_ocpp(app))
        for _ in range(200):
            if until() or task.done():
                break
            await asyncio.sleep(0.005)
        if task.done():
            await task
        task.cancel()

    asyncio.run(main())


def test_one_that_fails_leaves_its_limits_until_none_is_chosen(app: App, monkeypatch) -> None:
    ledger = app.station.limits
    with pytest.raises(RuntimeError):
        run(app, lambda: False)
    assert app.ocpp is None
    assert (ledger.claimed_ma(lim.OCPP, 0), ledger.claimed_ma(lim.OFFLINE, 0)) == (10000, 8000)
    # The next one begins with them, not without.
    with pytest.raises(RuntimeError):
        run(app, lambda: False)
    app.mode = 0
    run(app, lambda: ledger.claimed_ma(lim.OFFLINE, 0) == lim.NO_LIMIT)
    assert ledger.claimed_ma(lim.OCPP, 0) == ledger.claimed_ma(lim.OFFLINE, 0) == lim.NO_LIMIT


def test_one_that_ends_leaves_nothing(app: App, monkeypatch) -> None:
    monkeypatch.setattr(Point, "fails", False)
    run(app, lambda: app.mode == 0 and app.ocpp is None)
    assert app.station.limits.claimed_ma(lim.OCPP, 0) == lim.NO_LIMIT
