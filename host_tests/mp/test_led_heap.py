"""The light and the switch allocate nothing while nothing happens, and the light not even while it moves."""

import sys

import micropython

STEPS = 2000


class Light:
    def __init__(self):
        self.writes = 0

    def set_rgb(self, red, green, blue):
        self.writes += 1


class Rig:
    """Stands in for the settings, the gate, the switch and the app."""

    def __init__(self, station, scheme):
        self.station = station
        self.settings = self
        self.custom = False
        self.access: "Rig | None" = None
        self.led = 2
        self.status_ms = 0
        self.scheme = scheme

    def get(self, key):
        return self.scheme if key == "LedMode" else 0


def bench_module():
    """Return the bench of the core tests, which live in the folder beside this one."""
    if "host_tests/core" not in sys.path:
        sys.path.append("host_tests/core")
    import bench_station

    return bench_station


def stay(make, scheme, writes_at_least):
    from evse.services.led import Led
    from evse.services.switch import Switch

    b = bench_module()
    bench = make(b)
    rig = Rig(bench.station, scheme)
    light = Light()
    led = Led(light, bench.station, rig, rig, rig, None)
    switch = Switch(rig, None)
    now = b.START_TICKS
    rig.status_ms = now
    led.step(now)
    switch.step(now)
    rig.access = rig
    micropython.heap_lock()
    try:
        for _ in range(STEPS):
            now = b.ticks.add(now, 10)
            led.step(now)
            led.frame_ms(now)
            led.next_due_ms(now)
            switch.step(now)
            switch.next_due_ms(now)
    finally:
        micropython.heap_unlock()
    assert light.writes >= writes_at_least


def test_idle():
    for scheme in (0, 1):
        stay(lambda b: b.idle(), scheme, 2)


def test_breathing():
    for scheme in (0, 1):
        stay(lambda b: b.charging(), scheme, 1000)


def test_blinking():
    for scheme in (0, 1):
        stay(lambda b: b.in_c1(), scheme, 30)


def test_flashing():
    for scheme in (0, 1):
        stay(lambda b: b.in_e(), scheme, 300)
