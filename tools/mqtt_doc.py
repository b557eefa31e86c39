#!/usr/bin/env python3
"""Write docs/mqtt.md from the tables of topics and settings; with --check only say whether it is up to date.

Exit status: 0 when the document is as the tables have it; 1 when it was stale and --check was given.
"""

import sys
from pathlib import Path

import generated_document
import replay_lib.paths  # noqa: F401  (the firmware's modules)
from evse.services.mqtt import topics_table as topics
from evse.settings import table
from interpreters import ROOT

DOCUMENT = ROOT / "docs/mqtt.md"

HEAD = """\
# MQTT and Home Assistant

Written by `tools/mqtt_doc.py` from the tables in `firmware/evse/services/mqtt/topics_table.py` and
`firmware/evse/settings/rows.py`; do not edit it here.

The station speaks MQTT 3.1.1 with the topics and payloads of a SmartEVSE v3, so that what was made for one works here.
It connects when the setting **MQTT HOST** names a broker, and again for ever when the connection breaks, within 30 s of
the broker's return. Charging never waits for it.

| setting | what it is |
|---|---|
| **MQTT HOST**, **MQTT PORT** | address or name of the broker, and its port: 1883, or usually 8883 with TLS |
| **MQTT USER**, **MQTT PASS** | login at the broker; any characters are allowed, and the password is never shown |
| **MQTT PREF** | what topics begin with; empty is `SmartEVSE/` and the serial number |
| **MQTT TLS** | *Enabled* checks the broker's certificate, *No check* takes any |
| **MQTT DISC** | how Home Assistant is told: *Device* by one message, *Entities* by one for each as a SmartEVSE does |

With TLS the station believes the authority in its file `mqtt_ca.pem`, or Let's Encrypt when there is none. It connects
only when it knows the time, and not while a contactor is closed, because making a TLS connection holds it up for
longer than the contactor may wait.

`<prefix>/connected` is `online`, retained; the broker makes it `offline` when the station is gone.

## Who may command

Anybody who may publish on the broker can read and command the station. So commands are taken when the station itself
has to log in (**MQTT USER** is set), or when the owner has set **LEGACY** to *Read and set*. Commands with the retain
flag are refused, because they would come again with every connection.

What is refused changes nothing. It is written to the log, and answered on `<prefix>/SetError` as `name: reason`.

## Published topics

Below the prefix. Each is published when its value changes (those marked *at once* within half a second, the others
within two), and all of them every 11 s. *Retained* ones the broker keeps. Topics marked *ours* a SmartEVSE has not.

| topic | retained | at once | what it is | Home Assistant |
|---|---|---|---|---|
"""

# The letters of the table, in words.
NEEDS = {
    "m": "with a mains meter",
    "v": "with an EV meter",
    "c": "with a circuit meter",
    "b": "once it was told",
    "l": "with a cable lock",
    "k": "with a card reader, after the first card",
    "p": "with a second contactor",
    "w": "in a Wi-Fi",
}

# Name, payload, what it does. Settings follow by key and label.
COMMANDS = (
    ("Mode", "Off, Pause, Normal, Smart or Solar", "Chooses the mode and allows charging, but for a start that was "
     "chosen for later; Solar ends the override"),
    (
        "CurrentOverride",
        "0, or MIN to MAX in 0.1 A; also `current,seconds` or `current,unplug`",
        "Offers at most so much, 0 ends it; not in Solar. It lasts until it is ended or the station restarts, for so "
        "many seconds, 86400 at most, or until the car is unplugged. The longer forms are ours",
    ),
    ("CurrentMaxSumMains", "0, or 10 to 600 in A", "Sets CAPACITY"),
    ("MainsMeter", "`L1:L2:L3` or `L1:L2:L3:W:Wh`", "Feeds the mains meter when MAINS MET is API: -1999 to 1999 in "
     "0.1 A, import positive; W and Wh -1 for unknown"),
    ("EVMeter", "`L1:L2:L3:W:Wh`", "Feeds the EV meter when EV METER is API: 0 to 999 in 0.1 A; W and Wh -1 for "
     "unknown"),
    ("CircuitMeter", "`L1:L2:L3`", "Feeds the circuit meter when CIRCT MET is API: -1999 to 1999 in 0.1 A"),
    ("HomeBatteryCurrent", "-1999 to 1999 in 0.1 A", "Current of the home battery, charging positive; it counts for "
     "11 s"),
    ("ColorOff", "`R,G,B`, each 0 to 255", "Colour of the light until the restart; also ColorNormal, ColorSmart, "
     "ColorSolar and ColorCustom"),
    ("CustomButton", "On, or anything else for off", "Sets the custom button"),
    ("CableLock", "0 or 1", "Sets FIX LOCK"),
    ("EnableC2", "0 to 4, or its text", "Sets CONTACT 2"),
    ("RFID", "12 or 14 hex digits", "Stands in for a card at the reader"),
    ("CPPWMOverride", "-1", "Nothing: the pilot is decided by the station alone, and other values are refused"),
    ("Enable", "On or Off", "Allows charging, or pauses it. Ours"),
    ("Access", "On, Off or Pause; Allow or Deny", "Allows charging, forbids it, or pauses it. Ours"),
    ("Phases", "1 or 3", "Sets CONTACT 2 to Always Off or Always On. Ours"),
    ("DelayedStart", "`start`, `start,stop` or `start,stop,daily`", "Charges from then until then: local times such "
     "as 2024-02-29T12:00, or unix seconds; 0 begins at once. Ours"),
    ("RemoteLimit", "`limit,seconds`, or max", "Limits the current for so many seconds, 86400 at most: 0 to 9999 in "
     "0.1 A, or as the inputs IN1 and IN2 half, 6A or 0A; max alone ends it. See below. Ours"),
    ("Stop", "PRESS", "Ends the charge. Ours"),
    ("ResetFault", "PRESS", "Clears faults whose cause is gone. Ours"),
    ("UnlockCable", "PRESS", "Stops, and lets go of the cable. Ours"),
    ("ShowMeter", "PRESS", "Shows the reading of the EV meter on the display. Ours"),
    ("Restart", "PRESS", "Stops in order, and restarts. Ours"),
)  # fmt: skip

COMMANDS_HEAD = """
`CustomButtonPressTime` says for how many ms the switch was closed, each time it is let go. `SetError` see above.

Every setting of [settings.md](settings.md) is published, retained, as `<prefix>/Setting/<key>`; secrets and those of
MQTT itself are not.

## Commands

Publish on `<prefix>/Set/<name>`.

| name | payload | what it does |
|---|---|---|
"""

SETTINGS_HEAD = """
Besides, every setting that a remote client may write: `Set/<key>` or `Set/<label>`, in a label an underscore may stand
for a space, for instance `Set/MAX` or `Set/CAP_MODE`. The payload is a number, a text, or of a choice its text or
stored number. Settings that have the name of a command above are set by their label (`Set/MAINS_MET`), RFID by its key
(`Set/RFIDReader`). Those of MQTT itself and secrets are not changed over MQTT.

| key | label | payload |
|---|---|---|
"""

TAIL = """
## Remote limit

Who sheds load from elsewhere (a back end, a house, a meter that triggers) says by `Set/RemoteLimit`, or by REST
`{"request": ["remote", "half", 600]}`, how much the station may give and for how long, and says it again before that
is over. The newest command counts, whoever gives it. It can only reduce: all other limits go on, so 100 A at a station
of 32 A is 32 A. `RemoteState`, `RemoteLimit` and `RemoteTimeLeft` show it, `Reason` and the displays say so.

When it is not renewed in time, the link is taken to be lost, and the setting **REMOTE** counts until somebody commands
anew: *6 A* (as delivered), *0 A*, *Keep* the last one, or *Release*. The same after a restart while a limit counted,
because nobody knows how long the power was away; *Keep* is then 0 A. That a limit counts is kept while a car charges
too: it is noted at once where the board has a raw journal, as all boards here do; without one it is forgotten by a
power cut before the contactor opens, because the flash is not erased then. A limit ended by `max` is forgotten; for up
to a minute after that a power cut may still find it.
Without a network nothing is shed from elsewhere; fuses are protected by the limits of the station itself.

## From scripts

    mosquitto_sub -h broker -t '<prefix>/#' -v
    mosquitto_pub -h broker -t '<prefix>/Set/Mode' -m Solar
    mosquitto_pub -h broker -t '<prefix>/Set/CurrentOverride' -m 100

A meter that is fed must be fed again before it is missed (setting **MAINS TMO**, 11 s at least):

    while sleep 5; do mosquitto_pub -h broker -t '<prefix>/Set/MainsMeter' -m "$L1:$L2:$L3"; done

The EV meter likewise, with power in W and energy in Wh:

    mosquitto_pub -h broker -t '<prefix>/Set/EVMeter' -m "$L1:$L2:$L3:$W:$WH"

The home battery every few seconds, because a value counts for 11 s: as it is, so that the car comes first; only what
it gives, so that the car never empties it; or less a reserve of 10 A, which it keeps for charging:

    mosquitto_pub -h broker -t '<prefix>/Set/HomeBatteryCurrent' -m "$DA"
    mosquitto_pub -h broker -t '<prefix>/Set/HomeBatteryCurrent' -m "$(( DA < 0 ? DA : 0 ))"
    mosquitto_pub -h broker -t '<prefix>/Set/HomeBatteryCurrent' -m "$(( DA - 100 ))"

## Home Assistant

The station appears by itself when Home Assistant uses the same broker: sensors, the mode and other choices, the
override and the settings as numbers, the colours, and buttons. It is told again when Home Assistant starts (its birth
message on `homeassistant/status`) and when meters or limits change. For evcc's Home Assistant charger take *Charger
Status* (A, B, C), *Enable*, *Charge Current Override*, *EV Charge Power* and *Phases*. An automation publishes what has
no entity:

    action: mqtt.publish
    data: {topic: "SmartEVSE/1/Set/RemoteLimit", payload: "half,600"}

Not there: the topics of SmartEVSE's modem builds (CPPWM, SoC, EVCCID), its vendor's cloud, and an app's pairing.
"""


def entity(fields: tuple) -> str:
    """Return what Home Assistant makes of a topic."""
    component = fields[topics.COMPONENT]
    if not component:
        return ""
    unit = f", {fields[topics.UNIT]}" if fields[topics.UNIT] else ""
    hidden = ", disabled at first" if "x" in fields[topics.FLAGS] else ""
    return f"{component} *{fields[topics.NAME]}*{unit}{hidden}"


def published(fields: tuple) -> str:
    """Return one topic as a row."""
    flags = fields[topics.FLAGS]
    about = str(fields[topics.ABOUT])
    ours = about.startswith("+")
    notes = [NEEDS[fields[topics.NEEDS]]] if fields[topics.NEEDS] else []
    if "s" in flags:
        notes.append("every 11 s only")
    if ours:
        notes.append("ours")
    text = about.lstrip("+") + (f" ({', '.join(notes)})" if notes else "")
    cells = (
        f"`{topics.topic(fields)}`",
        "yes" if "r" in flags else "",
        "yes" if "f" in flags else "",
        text,
        entity(fields),
    )
    return "| " + " | ".join(cells) + " |"


def payload(row: table.Row) -> str:
    """Return what a setting takes."""
    if row.kind == table.CHOICE:
        return ", ".join(row.choices)
    if row.kind == table.TEXT_KIND:
        return f"text of {row.maximum} characters at most"
    zero = f"0 ({row.zero}), " if row.zero else ""
    return f"{zero}{row.minimum} to {row.maximum} {row.unit}".strip()


def document() -> str:
    """Return the whole document."""
    lines = [HEAD.rstrip("\n")]
    lines += [published(topics.get(index)) for index in range(topics.COUNT)]
    lines.append(COMMANDS_HEAD.rstrip("\n"))
    lines += [f"| `{name}` | {text} | {does} |" for name, text, does in COMMANDS]
    lines.append(SETTINGS_HEAD.rstrip("\n"))
    for row in table.rows():
        own = row.key.startswith("MQTT") or row.secret
        if row.kind != table.HIDDEN and table.REMOTE in row.writers and not row.fixed and not own:
            lines.append(f"| `{row.key}` | {row.label} | {payload(row)} |")
    lines.append(TAIL.rstrip("\n"))
    return "\n".join(lines) + "\n"


def main(arguments: list[str], path: Path = DOCUMENT) -> int:
    """Do what the command line asks for."""
    return generated_document.run(arguments, path, document, __doc__, "tools/mqtt_doc.py")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
