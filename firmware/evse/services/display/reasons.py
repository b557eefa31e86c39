"""How a limit and a fault look: by the name of the slot, and by the code.

The tables are texts because a text stays in flash, and tuples of tuples would take some kB of heap.
"""

from evse.services.display import icons

# Slot, icon, word for the small display | line for the large one.
LIMITS = """
board        STATION   LIMIT    | HARDWARE LIMIT
cable        CABLE     CABLE    | CABLE
installer    GAUGE     LIMIT    | INSTALLER'S LIMIT
max          GAUGE     LIMIT    | MAX SETTING
circuit      FUSE      CIRCUIT  | CIRCUIT LIMIT
mains        FUSE      FUSE     | HOUSE FUSE
capacity     COIN      TARIFF   | CAPACITY TARIFF
sun          SUN       SUN      | FOR SOLAR
shed         SHED      P_LIMIT  | LOAD SHEDDING
grid_relay   PYLON     GRID     | GRID OPERATOR
temperature  HEAT      HOT      | TEMPERATURE
group        GROUP     GROUP    | SHARE OF THE GROUP
ocpp         CLOUD     CLOUD    | BACK END
offline      NO_CLOUD  OFFLINE  | BACK END OFFLINE
remote       PHONE     REMOTE   | REMOTE LIMIT
override     GAUGE     MANUAL   | OVERRIDE
?            GAUGE     LIMIT    | LIMIT
"""

# Code, icon, word for the small display, number | two lines for the large one | hints that take turns below.
FAULTS = """
internal              STATION  SYSTEM   2   | INTERNAL    | ERROR      | RESTART THE STATION
ev_meter_silent       METER    METER    3   | NO SERIAL   | COM        | CAN'T READ EV METER
residual_test         EARTH    RCD      5   | RESIDUAL    | TEST ERROR | SELF-TEST FAILED | CALL SERVICE
residual_current      EARTH    RCD      4   | RESIDUAL    | CURRENT    | FAULT CURRENT DETECTED | UNPLUG THE CAR
c1_welded             SPARK    SERVICE  10  | CONTACTOR   | C1 WELDED  | DO NOT USE | CALL SERVICE
c2_welded             SPARK    SERVICE  11  | CONTACTOR   | C2 WELDED  | DO NOT USE | CALL SERVICE
c1_stuck_open         SPARK    RELAY    12  | CONTACTOR   | C1 OPEN    | UNPLUG THE CAR
c2_stuck_open         SPARK    RELAY    13  | CONTACTOR   | C2 OPEN    | UNPLUG THE CAR
no_diode              CAR      DIODE    20  | DIODE       | ERROR      | CAR NOT SAFE TO CHARGE | UNPLUG THE CAR
pilot_short           CABLE    CABLE    21  | PILOT       | SHORTED    | CHECK CABLE AND CAR
pilot_lost            CABLE    PILOT    22  | PILOT       | LOST       | CHECK CABLE AND CAR
lock_jammed           LOCK     LOCK     30  | CABLE LOCK  | ERROR      | PUSH THE PLUG FULLY IN
overcurrent           CAR      TOO_MUCH 31  | CAR DRAWS   | TOO MUCH   | UNPLUG THE CAR
temp_high             HEAT     TOO_HOT  40  | HIGH TEMP   | ERROR      | CHARGING STOPPED
mains_meter_silent    METER    METER    50  | NO SERIAL   | COM        | CAN'T READ MAINS METER
circuit_meter_silent  METER    METER    51  | NO SERIAL   | COM        | CIRCUIT METER NOT READ
duplicate_master      GROUP    GROUP    60  | TWO         | MASTERS    | CHECK PWR SHARE
master_silent         GROUP    GROUP    61  | MASTER      | SILENT     | CHECK THE BUS
storage               STATION  MEMORY   70  | SETTINGS    | LOST       | DEFAULTS ARE USED
?                     STATION  ERROR    99  |             |            |
"""

# Pages of the large display that are two big lines: page | lines | hint.
MESSAGES = """
restart        | RESTARTING |           | Please wait
card_checking  | CHECKING   | CARD      | Please wait
card_accepted  | CARD       | ACCEPTED  |
card_plug_in   | PLUG IN    | VEHICLE   | Card accepted
card_refused   | INVALID    | RFID CARD |
access_off     | ACCESS     | DENIED    |
paused         | PAUSE      |           |
authorise      | PRESENT    | RFID CARD | or start in the app
finished       | FINISHED   | CHARGING  |
offline        | NO SERVICE |           | Back end not connected
"""


def row(table: str, key: str) -> list:
    """Return the columns between bars of the row of `key`, or of the last one."""
    start = table.find("\n" + key + " ")
    if start < 0:
        start = table.find("\n? ")
    return [column.strip() for column in table[start + 1 : table.find("\n", start + 1)].split("|")]


def limit(slot: str) -> tuple:
    """Return icon, word and line of a limit."""
    first, line = row(LIMITS, slot)
    _, icon, word = first.split()
    return getattr(icons, icon), word.replace("_", " "), line


def fault(code: str) -> tuple:
    """Return icon, word and number of a fault, and its lines and hints."""
    columns = row(FAULTS, code)
    _, icon, word, number = columns[0].split()
    return getattr(icons, icon), word.replace("_", " "), int(number), columns[1:]


def is_known(code: str) -> bool:
    """Return True when the table has a row for this fault."""
    return FAULTS.find("\n" + code + " ") >= 0
