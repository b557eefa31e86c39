"""The modes of access, and who may decide about cards."""

from micropython import const

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from typing import Protocol

    class Authoriser(Protocol):
        """Who decides about cards in the mode Rmt/OCPP."""

        def request(self, uid: str, owner: str) -> int:
            """Ask whether the card may charge, or may stop what `owner` (hex, "" for nobody) began.

            Return ACCEPTED, REJECTED, or PENDING and call `Access.answer` later; STARTED or STOPPED where the
            permission is granted and revoked by whoever decides.
            """
            ...


# Stored indexes of the setting RFID.
DISABLED = const(0)
ENABLE_ALL = const(1)
ENABLE_ONE = const(2)
LEARN = const(3)
DELETE = const(4)
DELETE_ALL = const(5)
REMOTE = const(6)

# Stored indexes of the setting AUTH. Nobody has to allow charging unless the mode of the reader says so; a card has
# to, also while cards are learned; the back end has to, whatever else opens the access.
AUTH_NONE = const(0)
AUTH_RFID = const(1)
AUTH_BACKEND = const(2)

# Stored indexes of the setting ACC MODE, the strictest last: any card, known cards, cards of owners.
PUBLIC = const(0)
LIMITED = const(1)
PRIVATE = const(2)

PENDING = const(0)
ACCEPTED = const(1)
REJECTED = const(2)
STARTED = const(3)
STOPPED = const(4)
