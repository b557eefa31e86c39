"""The network under MicroPython: its idle steps allocate nothing, and trying for ever leaves nothing behind."""

import gc
import sys

import micropython

from evse.log import log
from evse.services.net import wifi

AIR = (("home", b"\1\1\1\1\1\1", -50, False),)
KNOWN = {"ssid": "home", "password": "secret12"}


def rig_of(**settings):
    """Return the network of a station that knows a Wi-Fi network."""
    if "host_tests/core" not in sys.path:
        sys.path.insert(0, "host_tests/core")
    from net_bench import StationNet  # pyright: ignore[reportMissingImports]

    return StationNet(AIR, KNOWN, WIFImode=1, **settings)


def test_an_idle_step_allocates_nothing():
    rig = rig_of(TimeServers="192.0.2.1")
    for _ in range(100):
        rig.net.step(rig.clock.now)
        rig.clock.advance(200)
    assert rig.net.wifi.state == wifi.UP
    now = rig.clock.now
    step = rig.net.step
    micropython.heap_lock()
    try:
        for _ in range(20):
            step(now)
    finally:
        micropython.heap_unlock()


def test_a_dead_network_does_not_eat_the_heap():
    log.echo = False
    rig = rig_of(TimeServers="a.test,b.test,c.test")
    rig.radio.outcome = "not_found"

    def run(steps):
        for _ in range(steps):
            rig.net.step(rig.clock.now)
            rig.clock.advance(200)
        rig.network.links = rig.network.open_links()
        rig.radio.joined = []
        rig.clock.settings = []
        gc.collect()
        return gc.mem_alloc()

    # The log fills up first.
    run(60000)
    before = run(5000)
    assert run(100000) - before < 2000
    log.echo = True
