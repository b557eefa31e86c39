"""The one table of topics: what is published, how, and what Home Assistant makes of it.

A line is `name|flags|needs|component|class|unit|options|command|what it is`. The topic is the prefix, a slash, and the
name without its spaces. The values come from `values.py`, in the order of these lines.

    flags      r retained, f looked at four times a second and after every event (else once a second), s only with the
               full publication every 11 s; for Home Assistant 1 a tenth of the unit, m measurement, t total that
               increases, d diagnostic, x disabled at first
    needs      what must be there: m mains meter, v EV meter, c circuit meter, b current of the home battery, l cable
               lock, k card reader, p second contactor, w Wi-Fi
    component  of Home Assistant, empty for none
    options    of a select; lowest and highest value of a number
    command    topic below Set/ that changes it
"""

from micropython import const

from evse.core.text_rows import row as text_row

# Topics, payloads and retain flags of the SmartEVSE: sheet, section 7.2; entities: section 7.4. The lines with "+" in
# front of what they are have no counterpart there.
TEXT = (
    "Mode|rf||select|||Off,Normal,Smart,Solar,Pause|Mode|Off, Pause, Normal, Smart or Solar\n"
    "Access|rf||sensor|||||Deny, Allow or Pause\n"
    "State|rf||sensor|||||Charging state in words\n"
    "StateID|rf||sensor|||||A, B, C, D, Activate, B1 or C1\n"
    "Error|rfd||sensor|||||What is wrong, or None\n"
    "EV Plug State|rf||sensor|||||Connected or Disconnected\n"
    "Charge Current|rfm1||sensor|current|A|||Current that the station may give, in 0.1 A\n"
    "Charge Current Override|rf1||number|current|A|0,MAX|CurrentOverride|Override in 0.1 A, 0 for none\n"
    "NrOfPhases|rf||sensor|||||1 or 3\n"
    "Custom Button|f||select|||On,Off|CustomButton|On or Off\n"
    "Charger Status|rf||sensor|||||+A without a car, B with one, C while it charges\n"
    "Enable|rf||switch|||On,Off|Enable|+On while charging is allowed, else Off\n"
    "Reason|rf||sensor|||||+Why the car gets what it gets, or what it waits for\n"
    "Limit Source|rfd||sensor|||||+Code of the limit that rules\n"
    "Offered Current|fm1||sensor|current|A|||+Current that the pilot offers, in 0.1 A\n"
    "Phases|rf|p|select|||1,3|Phases|+Phases that are in use: 1 or 3\n"
    "Remote State|rf||sensor|||||+Limit that somebody else commands: none, limited, or expired without renewal\n"
    "Remote Limit|rf|||||||+That limit in 0.1 A, or None\n"
    "Faults|rfd||sensor|||||+Codes of all active faults with commas between, or None\n"
    "Max Current|rm1||sensor|current|A|||MAX, in 0.1 A\n"
    "Max Sum Mains|rm||sensor|current|A|||CAPACITY, in A, 0 for none\n"
    "Max Sum Mains Time|r||sensor|duration|min|||CAP STOP, in min\n"
    "EnableC2|r||select|||Not present,Always Off,Solar Off,Always On,Auto|EnableC2|CONTACT 2\n"
    "RFID|r||sensor|||||What the last card did\n"
    "RFIDLastRead|r|k|sensor|||||Number of the last card, in hex\n"
    "RFID Reader|rd|k|sensor|||||+ok, or what is wrong with the card reader\n"
    "LoadBl|r|||||||PWR SHARE as stored, 0 to 8\n"
    "PairingPin|r|||||||Empty: there is no app of the vendor\n"
    "SolarStopTimer|||sensor|duration|s|||What is left of STOP, in s\n"
    "Delayed Start|r|||||||+Begin, end and daily of a chosen charging time, as Set/DelayedStart; 0 for none\n"
    "Remote Time Left|s||sensor|duration|s|||+For how long the remote limit counts unless it is renewed\n"
    "Mains Current L1|m1|m|sensor|current|A|||In 0.1 A, import positive\n"
    "Mains Current L2|m1|m|sensor|current|A|||In 0.1 A\n"
    "Mains Current L3|m1|m|sensor|current|A|||In 0.1 A\n"
    "Mains Import Active Energy|t|m|sensor|energy|Wh|||In Wh, when known\n"
    "Mains Export Active Energy|t|m|sensor|energy|Wh|||In Wh, when known\n"
    "EV Current L1|m1|v|sensor|current|A|||In 0.1 A\n"
    "EV Current L2|m1|v|sensor|current|A|||In 0.1 A\n"
    "EV Current L3|m1|v|sensor|current|A|||In 0.1 A\n"
    "EV Import Active Energy|t|v|sensor|energy|Wh|||In Wh, when known\n"
    "EV Export Active Energy|t|v|sensor|energy|Wh|||In Wh, when known\n"
    "EV Charge Power|m|v|sensor|power|W|||In W\n"
    "EV Total Energy Charged|t|v|sensor|energy|Wh|||Import less export of the EV meter, in Wh\n"
    "EV Energy Charged|rt|v|sensor|energy|Wh|||Energy of the session, in Wh\n"
    "EV Voltage L1|m1x|v|sensor|voltage|V|||+In 0.1 V, where the meter measures it\n"
    "EV Voltage L2|m1x|v|sensor|voltage|V|||+In 0.1 V\n"
    "EV Voltage L3|m1x|v|sensor|voltage|V|||+In 0.1 V\n"
    "Circuit Current L1|m1|c|sensor|current|A|||In 0.1 A\n"
    "Circuit Current L2|m1|c|sensor|current|A|||In 0.1 A\n"
    "Circuit Current L3|m1|c|sensor|current|A|||In 0.1 A\n"
    "Home Battery Current|m1|b|sensor|current|A|||As it was told, in 0.1 A, charging positive\n"
    "ESP Temp|md||sensor|temperature|°C|||Temperature of the board, in degrees Celsius\n"
    "ESP Uptime|sdx||sensor|duration|s|||In s\n"
    "WiFi RSSI|smd|w|sensor|signal_strength|dBm|||In dBm\n"
    "WiFi SSID|rd|w|sensor|||||Name of the network\n"
    "WiFi BSSID|rd|w|sensor|||||Address of the access point\n"
    "OCPP|rd||sensor|||||Enabled or Disabled\n"
    "OCPPConnection|d||sensor|||||Connected or Disconnected\n"
    "LED Color Off|r||text||||ColorOff|Red,green,blue, each 0 to 255\n"
    "LED Color Normal|r||text||||ColorNormal|Likewise\n"
    "LED Color Smart|r||text||||ColorSmart|Likewise\n"
    "LED Color Solar|r||text||||ColorSolar|Likewise\n"
    "LED Color Custom|r||text||||ColorCustom|Likewise\n"
    "Cable Lock|r|l|select|||0,1|CableLock|FIX LOCK: 1 keeps the cable locked"
)
COUNT = const(64)
# The first ones have the flag f.
FAST = const(19)

# Places that are published by themselves now and then.
CUSTOM_BUTTON = const(9)

# Entities of Home Assistant that have no topic of their own; the fields are the same, up to the command.
BUTTONS = (
    "Stop Charging|||button|||PRESS|Stop\n"
    "Reset Fault|d||button|||PRESS|ResetFault\n"
    "Unlock Cable||l|button|||PRESS|UnlockCable\n"
    "Show Meter|d|v|button|||PRESS|ShowMeter\n"
    "Restart|d||button|restart||PRESS|Restart"
)
BUTTON_COUNT = const(5)

# Settings that Home Assistant may change; the others have topics too, but no entity.
SETTINGS = (
    "MaxCurrent,MinCurrent,MaxMains,MaxCircuit,StartCurrent,StopTime,ImportCurrent,MaxSumMains,MaxSumMainsTime,"
    "StationMin,RFIDReader,LedMode,Brightness"
)


# Fields of a line.
NAME = const(0)
FLAGS = const(1)
NEEDS = const(2)
COMPONENT = const(3)
CLASS = const(4)
UNIT = const(5)
OPTIONS = const(6)
COMMAND = const(7)
ABOUT = const(8)


def get(index: int) -> tuple:
    """Return the fields of a line as texts; IndexError when there is none."""
    return text_row(TEXT, index)


def topic(fields: tuple) -> str:
    """Return the topic below the prefix."""
    return fields[NAME].replace(" ", "")
