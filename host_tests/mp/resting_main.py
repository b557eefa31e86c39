"""main.py with a charge point that rests as soon as nothing was to do for a second, and says so: options as main.py."""

import sys

import main
from evse.services import loader
from evse.services.ocpp import service

load, doze = loader.Loader.load, service.Ocpp._doze


def load_impatient(self, names: str) -> None:
    load(self, names)
    quiet = sys.modules.get("evse.services.ocpp.quiet")
    if quiet is not None:
        quiet.QUIET_S = 1  # pyright: ignore[reportAttributeAccessIssue]


async def doze_audibly(self, rest, asks: bool) -> None:
    left = [name for name in sys.modules if name.startswith("ocpp16.")]
    print("rests, %d modules are left" % len(left))
    await doze(self, rest, asks)
    print("does not rest")


loader.Loader.load = load_impatient
service.Ocpp._doze = doze_audibly
main.main()
