"""Reservations (OCPP 1.6 sections 3.11, 5.1, 5.13): of a connector, or with connector 0 of any one of them.

At most one for each connector, and as many for connector 0 as there are connectors. They outlive a restart: one
record of `store`, an object with `load() -> (status, dict or None)` and `save(dict)`.
"""

from micropython import const

ACCEPTED = "Accepted"
FAULTED = "Faulted"
OCCUPIED = "Occupied"
REJECTED = "Rejected"
UNAVAILABLE = "Unavailable"

# What an identifier may do at a connector.
FREE = const(0)
# It is reserved for this identifier.
HOLDER = const(1)
BLOCKED = const(2)
# The parent of the identifier has to be asked for first.
ASK_PARENT = const(3)

# Places in a reservation.
ID = const(0)
CONNECTOR = const(1)
TAG = const(2)
PARENT = const(3)
EXPIRY_S = const(4)


class Reservations:
    """Reservations of connectors 1 to `connectors`, each [id, connector, idTag, parent, expiry in unix seconds].

    `status_of(connector)` gives a status as in StatusNotification without regard to reservations, 0 for the whole
    station. `may_write()` tells whether the store may be written; until then a change waits for `step`.
    """

    def __init__(self, config, store, connectors: int, status_of, may_write) -> None:
        self._config = config
        self._store = store
        self._connectors = connectors
        self._status_of = status_of
        self._may_write = may_write
        self._unsaved = False
        self._all: list = []
        self._load()

    @property
    def idle(self) -> bool:
        """Tell whether there are none."""
        return not self._all and not self._unsaved

    def reserve(self, request: dict, expiry_s: int, unix_s: int) -> str:
        """Carry out a ReserveNow.req whose expiryDate is `expiry_s`; return the status of its answer."""
        connector = request["connectorId"]
        if connector == 0 and not self._config.get("ReserveConnectorZeroSupported"):
            return REJECTED
        if not 0 <= connector <= self._connectors or 0 < expiry_s <= unix_s:
            return REJECTED
        # The one with the same id is replaced, and is no obstacle.
        others = self._without(request["reservationId"])
        refusal = self._refusal(connector, others)
        if refusal:
            return refusal
        parent = request.get("parentIdTag") or ""
        others.append([request["reservationId"], connector, request["idTag"], parent, expiry_s])
        self._replace(others)
        return ACCEPTED

    def cancel(self, reservation_id: int) -> str:
        """Carry out a CancelReservation.req; return the status of its answer."""
        others = self._without(reservation_id)
        if len(others) == len(self._all):
            return REJECTED
        self._replace(others)
        return ACCEPTED

    def is_reserved(self, connector: int) -> bool:
        """Tell whether a connector that is Available is to be shown as Reserved."""
        if self._of(connector) is not None:
            return True
        free = self._free(self._all)
        return connector in free and len(free) <= _of_any(self._all)

    def check(self, connector: int, id_tag: str, parent: "str | None") -> int:
        """Return what an identifier may do at a connector: FREE, HOLDER, BLOCKED or ASK_PARENT.

        `parent` is None while it is not known, and empty when there is none.
        """
        if self._held(connector, id_tag, parent) is not None:
            return HOLDER
        reserved = self._of(connector) is not None
        if not reserved:
            free = self._free(self._all)
            if len(free) - (1 if connector in free else 0) >= _of_any(self._all):
                return FREE
        if parent is None:
            for one in self._all:
                if one[CONNECTOR] == (connector if reserved else 0) and one[PARENT]:
                    return ASK_PARENT
        return BLOCKED

    def allows(self, connector: int, id_tag: str, parent: str) -> bool:
        """Tell whether an identifier, with the parent that is known of it, may charge at a connector."""
        return self.check(connector, id_tag, parent) in (FREE, HOLDER)

    def used(self, connector: int, id_tag: str, parent: str) -> "int | None":
        """End the reservation that a transaction uses; return its id for the StartTransaction.req, or None."""
        one = self._held(connector, id_tag, parent)
        if one is None:
            return None
        self._replace(self._without(one[ID]))
        return one[ID]

    def step(self, unix_s: int) -> list:
        """End what is over or has lost its connector, write what changed; return the connectors that are affected."""
        ended = []
        gone = (FAULTED, UNAVAILABLE)
        for one in self._all:
            over = 0 < one[EXPIRY_S] <= unix_s
            if over or self._status_of(one[CONNECTOR]) in gone or self._status_of(0) in gone:
                ended.append(one[CONNECTOR])
                self._replace(self._without(one[ID]))
        if self._unsaved:
            self._save()
        return ended

    def _refusal(self, connector: int, others: list) -> str:
        """Return why a connector cannot be reserved beside others, empty when it can."""
        station = self._status_of(0)
        if station in (FAULTED, UNAVAILABLE):
            return station
        free = self._free(others)
        # One must stay for each reservation of any connector.
        enough = len(free) > _of_any(others)
        if connector == 0:
            status = self._status_of(1)
            for number in range(2, self._connectors + 1):
                if self._status_of(number) != status:
                    status = ""
        else:
            status = self._status_of(connector)
            enough = enough and connector in free
        if enough:
            return ""
        return status if status in (FAULTED, UNAVAILABLE) else OCCUPIED

    def _free(self, reservations: list) -> list:
        """Return the connectors that are available and have no reservation of their own."""
        free = []
        for number in range(1, self._connectors + 1):
            if self._status_of(number) == "Available":
                free.append(number)
        for one in reservations:
            if one[CONNECTOR] in free:
                free.remove(one[CONNECTOR])
        return free

    def _without(self, reservation_id: int) -> list:
        return [one for one in self._all if one[ID] != reservation_id]

    def _of(self, connector: int):
        for one in self._all:
            if one[CONNECTOR] == connector:
                return one
        return None

    def _held(self, connector: int, id_tag: str, parent: "str | None"):
        """Return the reservation that an identifier may use at a connector: one of that connector before any."""
        for number in (connector, 0):
            for one in self._all:
                if one[CONNECTOR] == number and (number or self._of(connector) is None):
                    if one[TAG].upper() == id_tag.upper():
                        return one
                    if parent and one[PARENT].upper() == parent.upper():
                        return one
        return None

    def _replace(self, reservations: list) -> None:
        self._all = reservations
        self._unsaved = True
        self._save()

    def _save(self) -> None:
        try:
            if self._may_write():
                self._store.save({"reservations": self._all})
                self._unsaved = False
        except OSError:
            # `step` tries again.
            pass

    def _load(self) -> None:
        stored = self._store.load()[1] or {}
        for one in stored.get("reservations", ()):
            if isinstance(one, list) and [type(value) for value in one] == [int, int, str, str, int]:
                if 0 <= one[CONNECTOR] <= self._connectors:
                    self._all.append(one)


def _of_any(reservations: list) -> int:
    """Return how many reservations are of any connector."""
    count = 0
    for one in reservations:
        count += one[CONNECTOR] == 0
    return count
