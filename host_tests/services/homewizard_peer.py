"""Read HomeWizard meters of real servers in real time, on whichever interpreter runs this.

`homewizard_peer.py SECONDS MDNS_PORT HOST...`: one metering for each host, all stepped by one loop. Prints every 100 ms
a line of JSON for each host with what its meter said after its last step. Ends with the standard input, and after
SECONDS at the latest; then prints how long the steps took.
"""

import json
import select
import sys
import time

sys.path.append("host_tests/core")

from meter_bench import FakeStation

import mdns
from evse import aio
from evse.services.meter_types import HOMEWIZARD
from evse.services.metering import Metering
from sockets.links import TcpLink, UdpLink

SILENT_MS = 3000
STEP_MS = 5
TELL_MS = 100


class Clock:
    elapsed_ms = 0

    def ticks_ms(self):
        return aio.ticks_ms() & 0x3FFFFFFF

    def unix_s(self):
        return 0


class Network:
    """The network of this PC, in which somebody else is the multicast group."""

    def __init__(self, mdns_port):
        self.mdns_port = mdns_port

    def is_up(self):
        return True

    def open_tcp(self, address, port):
        return TcpLink(address, port)

    def open_udp(self, address, port):
        assert (address, port) == (mdns.GROUP, mdns.PORT)
        return UdpLink("127.0.0.1", self.mdns_port)


class Case:
    def __init__(self, host, network):
        clock = Clock()
        self.host = host
        self.station = FakeStation(clock)
        self.metering = Metering(None, self.station, clock, network)
        self.stepped_ms = 0
        self.metering.configure(mains=(HOMEWIZARD, 10), mains_silent_ms=SILENT_MS, hosts=(host, "", ""))

    def step(self, now_ms):
        self.stepped_ms = now_ms
        self.metering.step(now_ms)

    def tell(self):
        meter = self.metering.mains
        return {
            "host": self.host,
            "readings": meter.readings,
            "errors": meter.errors,
            "silent": meter.silent,
            "age_ms": meter.age_ms(self.stepped_ms),
            "latency_ms": meter.latency_ms,
            "state": meter.state_text(),
            "mains": self.station.last("mains"),
            "volts": self.station.last("mains_voltage"),
        }


def main(seconds, mdns_port, hosts):
    clock = Clock()
    ended = select.poll()
    ended.register(sys.stdin, select.POLLIN)
    cases = [Case(host, Network(mdns_port)) for host in hosts]
    begin_ms = aio.ticks_ms()
    told_ms = 0
    worst_us = total_us = steps = 0
    while True:
        elapsed_ms = aio.ticks_diff(aio.ticks_ms(), begin_ms)
        if elapsed_ms >= 1000 * seconds:
            break
        for case in cases:
            before_us = aio.ticks_us()
            case.step(clock.ticks_ms())
            step_us = aio.ticks_diff(aio.ticks_us(), before_us)
            worst_us = max(worst_us, step_us)
            total_us += step_us
            steps += 1
        if elapsed_ms - told_ms >= TELL_MS:
            told_ms = elapsed_ms
            for case in cases:
                line = case.tell()
                line["at_ms"] = elapsed_ms
                print(json.dumps(line))
            if ended.poll(0):
                break
        time.sleep(STEP_MS / 1000)
    print(json.dumps({"worst_us": worst_us, "mean_us": total_us // steps, "steps": steps}))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
