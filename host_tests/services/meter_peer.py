"""Read meters of a real Modbus server in virtual time, on whichever interpreter runs this.

`meter_peer.py PORT CASE...`, where a case is `use,index,address[,custom]` with use mains, circuit or ev and custom the
eleven numbers of the settings, joined by colons. Prints one line per case; the test compares them.
"""

import sys

sys.path.append("host_tests/core")

from meter_bench import Clock, FakeStation
from meter_wire import PacedWire, TcpServer

from evse.services.metering import Metering

RUN_MS = 4000


def custom_of(text):
    """Return the settings of a custom meter as `configure` takes them."""
    numbers = [int(number) for number in text.split(":")]
    pairs = [tuple(numbers[index : index + 2]) for index in range(3, 11, 2)]
    return tuple(numbers[:3]) + tuple(pairs)


def configure(metering, meters, custom):
    """Choose the meters of a dictionary."""
    metering.configure(custom=custom_of(custom) if custom else (), **meters)


def read_case(server, case):
    """Poll the meter of one case; return what it measured."""
    fields = case.split(",")
    clock = Clock()
    station = FakeStation(clock)
    wire = PacedWire(server, clock)
    metering = Metering(wire, station, clock)
    configure(metering, {fields[0]: (int(fields[1]), int(fields[2]))}, fields[3] if len(fields) > 3 else "")
    while clock.elapsed_ms < RUN_MS:
        metering.step(clock.now)
        clock.advance(1)
    meter = getattr(metering, fields[0])
    values = meter.values
    told = station.last({"mains": "mains", "circuit": "circuit", "ev": "ev"}[fields[0]])
    assert told is None or list(told[:3]) == values.current_ma
    assert wire.collisions == 0
    return "%s %s %s %s %d %d %d errors %d %d, %s" % (
        case, values.current_ma, values.power_w, values.voltage_dv, values.import_wh, values.export_wh,
        meter.readings, meter.errors, meter.decode_errors, meter.state_text(),
    )  # fmt: skip


def main(port, cases):
    server = TcpServer(port)
    for case in cases:
        print(read_case(server, case))
    server.close()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
