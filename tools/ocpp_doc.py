#!/usr/bin/env python3
"""Write docs/ocpp.md from the table of configuration keys; with --check only say whether it is up to date.

Exit status: 0 when the document is as the table has it; 1 when it was stale and --check was given.
"""

import sys
from pathlib import Path

import generated_document
import replay_lib.paths  # noqa: F401  (the firmware's modules)
from evse.services.ocpp import rows as setting_rows
from evse.services.ocpp.point import SUPPORTED
from evse.settings import table
from interpreters import ROOT
from ocpp16 import keys

DOCUMENT = ROOT / "docs/ocpp.md"

HEAD = """\
# Back end: OCPP 1.6-J

Written by `tools/ocpp_doc.py`, with the keys of `lib/ocpp16/keys.py`; do not edit it here.

The station connects to one back end. Without one, nothing of this takes memory.

## What to set

| setting | what it is |
|---|---|
| OCPP | Disabled; Third party: at OCPP URL; eCarUp: where the account in OCPP ACC is. Never both |
| OCPP URL | begins with ws:// or wss://; the station adds a slash and its name. http:// is refused |
| OCPP ACC | the 16 letters and digits in the address that eCarUp shows under Stations, OCPP |
| OCPP ID | the name of the station at the back end; empty is its serial number |
| OCPP KEY | password, if the back end wants one (security profile 1 or 2); it is never shown |
| OCPP TLS | for wss://: Check believes the file `ocpp.ca.pem`, else Let's Encrypt; No check anybody |
| AUTH, RFID | who decides about charging, see below |
| OFFLINE, OFFL MAX | a limit while no back end is connected and accepts the station |
| METER VAL, SAMPLE | what the back end is told of the meter, and how often |
| ROTATION, PHASES | on which phases of the grid the station is, and on how many |
| ONE ROOT | a root that the back end installs replaces the one before, see below |

A change of the first seven connects anew. `PUT /api/v1/ocpp_ca` (role installer) with certificates in PEM, 8192 bytes
at most, writes `ocpp.ca.pem` and connects anew, `DELETE` removes it; neither while a contactor is closed. The page
does the same under Settings, Back end.

A back end that wants a certificate of the station (security profile 3) is shown the one in `ocpp.client.pem`: the
certificate, which the authority of the back end has signed itself, and its private key, both in PEM, the key without a
password. `PUT` and `DELETE /api/v1/ocpp_client` do the same with that file, which nobody can read back. The name in the
certificate (CN) is the serial number, and the status says "the server broke off" when the back end does not take it.

To try it out on a PC, start a back end in one terminal and a station in another, then plug in a car on the bench page;
`?` shows what the back end can be told to do:

```sh
.venv/bin/python tools/csms.py --listen 127.0.0.1:9000
```

```sh
make sim ARGS="--set 'OCPP=Third party' --set 'OCPP URL=ws://127.0.0.1:9000' --set 'EV METER=Eastron3P'"
```

## Who decides about charging

| settings | who decides | the back end |
|---|---|---|
| RFID Rmt/OCPP, or AUTH Backend with RFID Disabled | the back end: by card, app or remote start | is obeyed |
| AUTH None, RFID Disabled | nobody: a car charges once it is plugged in | is told of `FREE`, or of FreeVendIdTag |
| any other | the cards and rules of the station | is told of the card |

In the last two rows the back end is informed: what it says about a card does not count, and a remote start is rejected.
A remote stop is heeded everywhere; where no card is needed, the car then waits until it was unplugged. So is a station
that the back end has taken out of service.

A car that charges already when OCPP is switched on, or that the back end was not told of for another reason, goes on
where these rules allow it: who decides then is asked about the card of the charge, for 30 s at most while there is no
connection, and a charge without a card ends with AUTH Backend. As soon as the back end has accepted the station it is
told of the transaction with the time and the register at which the charge began. On a board without a raw journal the
message waits until the contactor opens, since a power cut would lose that it was sent.

With FreeVendActive, a back end that decides lets every car charge without a card, once each time it is plugged in, and
is told of FreeVendIdTag (`FREE` where that is empty); what it answers to that counts as for any card.

## What it is told of the meter

METER VAL and its sisters take what the meter may not have; of that no value is sent. Frequency and the energy of single
phases are asked for every 10 s while a back end is chosen, of meters that have them: frequency Eastron3P, InvEastrn,
Eastron1P, ABB, WAGO, Schneider, Chint 3P, Chint 1P and C.Gavazzi, energy by phase Eastron3P (SDM630), ABB, WAGO and
C.Gavazzi. The power of a phase is measured where the meter has it by phase, else it is the share of the current in all.
With PHASES at 1 phase, or a meter of one phase, values by phase are rejected, and only L1 is used and counted with.

A transaction ends with the register after the contactor has opened: StopTransaction is sent once that was read, 12 s
after the end at the latest, and tells the time of the end itself.

A transaction that begins before the meter has told its register begins at 0, and counts what the register shows from
then on. No value of a transaction goes back, also over a restart, and while the meter is silent it stands still.

## What limits the current

Charging profiles in amperes, 255 with 255 periods each, are kept over restarts; profiles in watts are rejected unless
the key SmartChargingWatts is true. Fractions of an ampere are cut off, and less than the least current of the station
means that the car waits. Of the three purposes the lowest limit counts; with SmartChargingCombine `Specification` a
TxProfile takes the place of the TxDefaultProfile. Whatever else limits the current (mains, circuit, sun, load shedding,
a remote limit ...) goes on beside it: the lowest wins, and the status says which one. Profiles in Smart or Solar are an
upper limit, so a back end that wants to be obeyed exactly needs the mode Normal.

## Without connection

- The station charges on. Cards that the back end has accepted before, or that are on its local list, may begin; others
  only with the key AllowOfflineTxForUnknownId.
- Beginning, end and readings of some 500 transactions are kept and delivered in their order, with the times at which
  they were. When room gets short, readings go first, never a beginning or an end.
- With OFFLINE enabled, the current is at most OFFL MAX from the moment the connection is gone, and after a start, until
  the back end has accepted the station (again). Without it, the profiles go on.
- After a power cut a transaction goes on if its car is still there, else it ends with the reason PowerLoss and the time
  at which it was last known to go on. On a board with a raw journal that is noted once a minute for six hours of a
  charge, and every five minutes from then on, in flash that was erased before; without one, when a contactor opens.
- Flash is written only while no contactor is closed. What comes meanwhile waits in memory: a power cut during a charge
  loses readings in between, never the beginning. Charging profiles that come meanwhile outlive it on a board with a raw
  journal (all boards here have one): they are appended to space that was erased before, 3 kB of it in the first six
  hours at least, which is one profile of 255 periods, or 60 small ones. Without one, or beyond that, a power cut brings
  an earlier state back, never a mix.
- With WebSocketPingInterval 0 a connection is dead when nothing is heard within MessageTimeout of a message of ours, so
  at the latest after HeartbeatInterval and MessageTimeout; otherwise a ping finds out then.
- A message of a transaction fails, and is given up after TransactionMessageAttempts, by a CALLERROR. Silence or an
  answer that cannot be read counts only while the back end answers something else: one that is out of order, or
  something in between that spoils answers, loses nothing.
- wss:// needs the time of day, and a TLS handshake holds the station for seconds, so it is made while the contactor is
  open: a connection that is lost during a charge comes back after it. ws:// comes back at once.

## Security, firmware and logs

- UpdateFirmware and SignedUpdateFirmware fetch a file by http:// or https://, check it and keep it as `ocpp/image`; it
  is not started. Once a ManufacturerRootCertificate is installed, only signed firmware is taken. Flash is written, and
  https:// connected, only while the contactor is open.
- GetLog and GetDiagnostics put the security log or the log of the station to an address of http:// or https://.
- Security events are kept in a log of their own, and the critical ones are told once a back end accepts the station.
- Roots that a back end installs are trusted beside `ocpp.ca.pem`. From SecurityProfile 2 on Let's Encrypt is trusted
  only while there are none and no such file, ws:// becomes wss://, and OCPP TLS No check does not count. In
  profile 3 a certificate that came by CertificateSigned is shown instead of the one in `ocpp.client.pem`. Roots that
  come or go count from the next connection on.
- With ONE ROOT (AdditionalRootCertificateCheck) a new root must be signed by the one it replaces. That one stays until
  a connection was made with the new one alone, and counts again if that fails.
- A higher SecurityProfile with which no connection is made within 300 s is given up for the one before.

## What it shows

`ocpp.connected`, `ocpp.accepted`, `ocpp.error` in plain words, `ocpp.url`, `ocpp.status`, `ocpp.transaction` (-1 for
none, 0 while it has no number), `ocpp.id_tag`, `ocpp.queue` (records to be delivered), `ocpp.profile`,
`ocpp.profiles`, `ocpp.limit_ma` and `ocpp.offline_limit_ma` (-1 for none) are part of the status in every interface;
the displays show that there is no service, and why. The request `clear_charging_profiles` deletes all profiles.

## Configuration keys

"""


def document() -> str:
    """Return the whole text."""
    # What the station knows better than the table.
    fixed = {
        "SupportedFeatureProfiles": SUPPORTED,
        "UnlockConnectorOnEVSideDisconnect": "true with a socket, false with a fixed cable",
        "ConnectorSwitch3to1PhaseSupported": "true with two contactors, else false",
    }
    lines = [
        "A back end reads them by GetConfiguration and changes them by ChangeConfiguration. Profiles: "
        + SUPPORTED.replace(",", ", ")
        + ".",
        "",
        "| key | access | values | default | setting |",
        "|---|---|---|---|---|",
    ]
    for row in keys.rows():
        key = setting_rows.ROWS.get(row.name)
        if row.needs_setting and key is None:
            continue
        access = (
            "read"
            if not row.writable or row.name in fixed
            else "write"
            if not row.readable
            else "read and write"
        )
        setting = table.get(key).label if key else ""
        default = fixed.get(row.name, row.default).replace(",", ", ") or "empty"
        lines.append(
            f"| `{row.name}` | {access} | {'' if row.name in fixed else values(row)} | {default} | {setting} |"
        )
    return HEAD + "\n".join(lines) + "\n"


def values(row: keys.Key) -> str:
    """Return what a key takes, in words."""
    if not row.writable:
        return ""
    if row.kind == "b":
        return "true, false"
    if row.kind == "i":
        return f"{'0, ' if row.off else ''}{row.low} to {row.high}"
    if row.check == "combine":
        return "Lowest, Specification"
    if row.kind == "l":
        return "list"
    return f"text of {row.high} characters at most"


def main(arguments: list[str], path: Path = DOCUMENT) -> int:
    """Do what the command line asks for."""
    return generated_document.run(arguments, path, document, __doc__, "tools/ocpp_doc.py")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
