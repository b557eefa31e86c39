"""A charge point of OCPP 1.6-J: joins its parts, and decides what is sent when.

The owner opens a connection and says so with `connected`, hands received pieces to `rpc`, calls `step` several times a
second, and `disconnected` at the end. Nothing here blocks, and nothing that a central system sends raises an exception.

`station` is the charger behind it:
    connectors              how many, numbered from 1; 0 is the station itself
    identity                dict with the texts of BootNotification.req
    facts(n)                object with `plugged` (a car is on the cable), `cable` (a loose cable is in the socket),
                            `offers` (current is offered), `charges` (the car takes it), `faulted`, `emergency`,
                            `error` (a ChargePointErrorCode, "" for none), `info`, `vendor_error`
    reading(n)              meter_values.Reading
    began(n)                (unix seconds, register in Wh or None) at the beginning of a charge that goes on without
                            anybody having been told of it, None when there is none
    settled(n)              whether the reading is one from after the contactor has opened
    permit(n, energy, lock) let the car have power or not; without `lock` a cable that is kept is let go
    has_lock(n)             whether there is a cable lock that can be opened
    unlock(n)               open it; unlocked(n): "Unlocked", "UnlockFailed" or "NotSupported", None while it moves
    operative(n), set_operative(n, operative)   what ChangeAvailability says, kept over restarts
    resume(n)               for a transaction from before a restart: "" to go on, a Reason to stop it, None: ask again
    remote_allowed()        whether remote starts are accepted, and refusals of identifiers heeded
    told(n, id_tag, status) show what became of an identifier
    set_clock(unix_s)       the central system's time of day
    reset(kind)             restart, "Hard" or "Soft"; everything is written by then
"""

from micropython import const

from .access import Access
from .boot import Boot
from .connector import AVAILABLE, RESERVED, Connector
from .delivery import Delivery
from .late import Late, at_once
from .notices import Notices
from .pending import Pending
from .rpc import Rpc
from .sampling import Sampler
from .transactions import BEGUN, ENDED, NAMED, RESUMED, Transactions

_TICKS = const(0x3FFFFFFF)


class Now:
    """The time: seconds since start, millisecond ticks that wrap at 2**30, unix seconds or 0."""

    def __init__(self) -> None:
        self.up_s = 0
        self.ms = 0
        self.unix_s = 0


class ChargePoint:
    """Run `load` to its end before the first `step`.

    `journal` is a Journal, `config` a Configuration, `authorization`, `local_list` and `reservations` as their modules
    have them; `smart` is a SmartCharging or None. `send` and `prefix` as in Rpc. `handlers` has functions (payload,
    message_id) -> answer for further actions, `streams` functions that make a stream handler, `vendors` those
    of DataTransfer: (message_id, data) -> (status, data), `reports` as in Triggers.
    """

    def __init__(
        self,
        station,
        journal,
        config,
        authorization,
        local_list,
        reservations,
        smart,
        send,
        prefix: str,
        load=at_once,
    ) -> None:
        self.now = Now()
        self.station = station
        self.config = config
        self.authorization = authorization
        self.local_list = local_list
        self.reservations = reservations
        self.smart = smart
        self.handlers: dict = {}
        self.streams: dict = {"SendLocalList": local_list.stream}
        if smart is not None:
            self.streams["SetChargingProfile"] = smart.begin_set
            self.streams["RemoteStartTransaction"] = smart.begin_remote_start
        self.vendors: dict = {}
        self.reports: dict = {}
        self.connectors = [Connector(number) for number in range(station.connectors + 1)]
        self.samplers = [Sampler(config, number) for number in range(station.connectors + 1)]
        self.rpc = Rpc(send, self._called, self._stream_of, prefix)
        self.boot = Boot(self.rpc, config, self.now, station.identity)
        self.boot.on_time = self._set_time
        self.boot.on_status = self._registered
        self.transactions = Transactions(journal, station, config, self.connectors, self.samplers, self.now)
        self.transactions.on_change = self._transaction_changed
        self.access = Access(
            self.rpc,
            config,
            station,
            authorization,
            reservations,
            self.transactions,
            self.connectors,
            self.now,
        )
        self.access.is_online = self.is_online
        self.delivery = Delivery(self.rpc, journal, self.transactions, config, self.now, self.access.learn)
        self.transactions.samples.is_idle = self._is_idle
        # Made when something is asked for, and gone when it was sent.
        self.triggers = None
        self.notices = Notices(self)
        self.post = self.notices.post
        self.security_event = self.notices.security_event
        self._commands = Late(load, "ocpp16.commands", ("ocpp16.payloads", "ocpp16.profile_commands"))
        self.journal = journal
        self.pending = Pending(self)
        self.is_connected = False
        # A SecurityLog, and whether new firmware waits for connectors to become free.
        self.security = None
        # Loads what is rarely needed, see `extras`.
        self.extras = None
        self.updating = False
        # When the central system last asked for something.
        self.asked_s = 0
        self._started = False

    def load(self):
        """Take up what was before a restart; a generator that yields now and then."""
        yield from self.journal.load()
        self.transactions.recover()
        for connector in self.connectors[1:]:
            if connector.transaction is None:
                self._transaction_changed(connector, ENDED)

    def begin(self, up_s: int, now_ms: int) -> None:
        """Go on counting from some time since start."""
        self._started = True
        self.now.up_s = self.asked_s = up_s
        self.now.ms = now_ms

    def is_online(self) -> bool:
        """Tell whether there is a central system that has accepted this charge point."""
        return self.is_connected and self.boot.accepted

    def status_of(self, number: int) -> str:
        """Return the status of a connector without regard to reservations."""
        status = self.connectors[number].status
        return AVAILABLE if status == RESERVED else status

    def connected(self) -> None:
        """Note that messages can be sent and received now."""
        self.is_connected = True
        self.boot.connected()
        self.delivery.connected()

    def disconnected(self) -> None:
        """Note that the connection is gone."""
        self.is_connected = False
        self.rpc.lost()
        self.local_list.abort()
        self.access.disconnected()
        self.triggers = None
        self.transactions.samples.keep_direct()
        self.pending.disconnected()
        for connector in self.connectors:
            connector.disconnected()

    def present(self, id_tag: str, number: int = 0) -> None:
        """Take an identifier that somebody presents; `number` 0 where one reader serves all connectors."""
        self.access.present(id_tag, number)

    def start_locally(self, id_tag: str, number: int) -> None:
        """Let a transaction begin that the station itself has authorised."""
        connector = self.connectors[number]
        if connector.transaction is None and not self.access.closed:
            connector.authorise(id_tag, "")

    def stop(self, number: int, reason: str, id_tag: str = "") -> None:
        """End a transaction for a Reason that the station has."""
        self.transactions.stop(self.connectors[number], reason, id_tag)

    def step(self, now_ms: int, unix_s: int) -> None:
        """Do what is due; `unix_s` 0 while nobody knows the time of day."""
        self._tick(now_ms, unix_s)
        self.reservations.step(self.now.unix_s)
        timeout_s = self.config.get("ConnectionTimeOut")
        station_works = self.station.operative(0) and not self.updating
        online = self.is_online()
        for connector in self.connectors:
            number = connector.number
            facts = self.station.facts(number)
            self.transactions.step(connector, facts)
            if number:
                self.access.step(connector, facts)
            operative = station_works and (not number or self.station.operative(number))
            reserved = number > 0 and self.reservations.is_reserved(number)
            connector.step(self.now.up_s, facts, operative, reserved, timeout_s, online)
        self.rpc.poll(self.now.up_s)
        self.pending.answer()
        if self.triggers is None:
            self._commands.step(self.now.up_s)
        self.pending.reset()
        if self.is_connected:
            self._send()

    def call(self, action: str, payload, on_answer=None) -> bool:
        """Send a CALL now; False when another one waits for its answer."""
        return self.rpc.call(action, payload, on_answer, self.config.get("MessageTimeout"), self.now.up_s)

    def _tick(self, now_ms: int, unix_s: int) -> None:
        now = self.now
        if not self._started:
            self._started = True
            now.ms = now_ms
        passed_s = ((now_ms - now.ms) & _TICKS) // 1000
        now.up_s += passed_s
        now.ms = (now.ms + passed_s * 1000) & _TICKS
        now.unix_s = unix_s
        if unix_s:
            self.journal.set_time(now.up_s, unix_s)

    def _is_idle(self) -> bool:
        return self.is_online() and self.delivery.idle()

    def _send(self) -> None:
        if self.rpc.busy or self.boot.send() or self.boot.silent:
            return
        if self._send_triggered() or not self.boot.accepted or not self.now.unix_s:
            return
        if self.access.send() or self.notices.send_status():
            return
        if self.access.conflict:
            self.access.conflict = False
            self.notices.send_conflict()
        elif self.delivery.probe:
            self.delivery.probe = False
            self.boot.send_heartbeat(True)
        elif not self.delivery.send() and not self.notices.send_post():
            self.boot.send_heartbeat()

    def _registered(self, status: str) -> None:
        for connector in self.connectors:
            # Every one is told anew (errata 3.22).
            connector.disconnected()
            connector.reported = None
        if status == "Accepted":
            self.delivery.connected()

    def _set_time(self, unix_s: int) -> None:
        if self.security is not None:
            self.security.clock_set(unix_s)
        self.station.set_clock(unix_s)
        if not self.now.unix_s:
            self.now.unix_s = unix_s
            self.journal.set_time(self.now.up_s, unix_s)

    def _stream_of(self, action: str):
        if self.boot.silent:
            return None
        if self.extras is not None:
            self.extras.need(action)
        make = self.streams.get(action)
        return make() if make is not None else None

    def _called(self, message_id: str, action: str, payload):
        if self.boot.silent:
            return None
        self.asked_s = self.now.up_s
        self._commands.use(self.now.up_s)
        # It is loaded by now; whoever makes an image finds by this what belongs into it.
        from . import commands

        return commands.run(self, action, payload, message_id)

    def _send_triggered(self) -> bool:
        triggers = self.triggers
        if triggers is None:
            return False
        if triggers.send():
            return True
        self.triggers = None
        return False

    def _transaction_changed(self, connector, event: int) -> None:
        smart = self.smart
        if smart is None:
            return
        number, unix_s, running = connector.number, self.now.unix_s, connector.transaction
        if event == BEGUN:
            if not running.profile:
                smart.unstage()
            smart.transaction_started(number, running.began_s or unix_s, unix_s)
        elif event == RESUMED:
            smart.transaction_resumed(number, running.began_s, running.transaction_id, unix_s)
        elif event == NAMED:
            smart.transaction_id(number, running.transaction_id, unix_s)
        else:
            smart.transaction_ended(number, unix_s)
