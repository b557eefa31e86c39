"""What a card did, as numbers and as the texts of every interface.

The topic's texts: SmartEVSE v3 sheet, section 7.2.
"""

from micropython import const

NOT_INSTALLED = const(0)
READY = const(1)
PRESENT = const(2)
STORED = const(3)
DELETED = const(4)
DUPLICATE = const(5)
UNKNOWN = const(6)
FULL = const(7)
INVALID = const(8)
NO_STATUS = const(9)
# Beyond what clients of the topic know.
STARTED = const(10)
STOPPED = const(11)
NOT_OWNER = const(12)
WAITING_FOR_ANSWER = const(13)
NO_ANSWER = const(14)
NOT_NOW = const(15)
WRITE_FAILED = const(16)
READ_FAILED = const(17)
PRIVATE_NOW = const(18)
OUT_OF_TIMES = const(19)
TIME_UNKNOWN = const(20)

# How an indicator light shows it.
LED_NONE = const(0)
LED_READ = const(1)
LED_ACCEPTED = const(2)
LED_REJECTED = const(3)
LED_TIMEOUT = const(4)

# Rows as in evse.core.text_rows: text of the topic, message on displays, text of the log, light (LED_...), page of the
# displays where it has one of its own.
TABLE = (
    "Not Installed|||0|\n"
    "Ready to read card|||0|\n"
    "Present|CARD READ|read|1|\n"
    "Card Stored|CARD STORED|stored|2|\n"
    "Card Deleted|CARD DELETED|deleted|2|\n"
    "Card already stored|CARD ALREADY STORED|already stored|3|\n"
    "Card not in storage|CARD NOT IN STORAGE|not in storage|3|\n"
    "Card Storage full|CARD STORAGE FULL|storage full|3|\n"
    "Invalid|INVALID RFID CARD|refused|3|card_refused\n"
    "NOSTATUS|||0|\n"
    "Present|CARD ACCEPTED|accepted|2|card_accepted\n"
    "Present|CHARGING STOPPED|stops|2|\n"
    "Invalid|IN USE BY ANOTHER CARD|refused: another card is in use|3|\n"
    "Present|PLEASE WAIT|asks the back end|1|card_checking\n"
    "Invalid|NO ANSWER, TRY AGAIN|refused: no answer from the back end|4|\n"
    "Invalid|NOT WHILE CHARGING|not changed: a contactor is closed|3|\n"
    "Invalid|CARD NOT SAVED|not changed: storage failed|3|\n"
    "Invalid|CARD LIST NOT READABLE|refused: the list cannot be read|3|\n"
    "Invalid|OWNERS ONLY NOW|refused: the station is private now|3|card_refused\n"
    "Invalid|NOT AT THIS TIME|refused: outside the times of its account|3|card_refused\n"
    "Invalid|TIME NOT KNOWN|refused: its account has times, and the time is not known|3|card_refused"
)

# What CardStore answers, by its numbers: STORED, DELETED, DUPLICATE, UNKNOWN, FULL, INVALID, BUSY, FAILED.
OF_STORE = (STORED, DELETED, DUPLICATE, UNKNOWN, FULL, INVALID, NOT_NOW, WRITE_FAILED)

# Why access was closed or opened last.
BY_NOBODY = const(0)
BY_CARD = const(1)
BY_USER = const(2)
BY_REMOTE = const(3)
BY_TIME = const(4)
BY_UNPLUGGING = const(5)
