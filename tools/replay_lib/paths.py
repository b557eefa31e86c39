"""Put the firmware and the simulated board on the path of a host program."""

import sys

from interpreters import ROOT

for _place in ("tools/shims", "boards/SIM", "lib", "firmware"):
    if str(ROOT / _place) not in sys.path:
        sys.path.insert(1, str(ROOT / _place))
