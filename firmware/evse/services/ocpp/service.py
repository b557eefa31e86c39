"""The station at a back end by OCPP 1.6-J: the connection, and the charge point, which is there when it is needed.

The charge point takes most of the memory. While nobody uses the station, nothing waits and nothing else is to be told,
only its connection and its heartbeat are left; see `ocpp16.rest`. A message, a car, a card, a fault or a change of
settings brings it back, module by module.
"""

import asyncio

from micropython import const

from evse import aio
from evse.services.access_modes import PENDING
from evse.services.loader import forget
from evse.services.ocpp.link import action_of

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from evse.services.ocpp.desk import Desk
    from evse.services.ocpp.link import Link
    from evse.services.ocpp.point import Point
    from ocpp16.rest import Rest

_PASS_MS = const(100)
# So long a goodbye may take.
_LEAVE_PASSES = const(20)
# So long it rests at most: certificates are looked at once a day.
_REST_S = const(86400)
# What comes and goes with the charge point; those first that others need.
_POINT = (
    "ocpp16 ocpp16.times sockets sockets.errors websocket_client websocket_client.errors evse.services.net "
    "evse.services.net.lookup evse.services.ocpp.limit evse.services.ocpp.rows websocket_client.handshake "
    "websocket_client.url ocpp16.security evse.services.ocpp.connect evse.services.ocpp.space "
    "ocpp16.measurands ocpp16.meter_values evse.services.meter_more evse.services.ocpp.facts "
    "evse.services.ocpp.decision evse.services.ocpp.station_port ocpp16.tag_records ocpp16.auth_cache "
    "ocpp16.authorization ocpp16.connector ocpp16.reservation ocpp16.incoming ocpp16.rpc ocpp16.access ocpp16.boot "
    "ocpp16.journal_record ocpp16.journal_search ocpp16.keys ocpp16.configuration ocpp16.sampling "
    "ocpp16.delivery ocpp16.late ocpp16.notices ocpp16.pending ocpp16.running ocpp16.samples ocpp16.transactions "
    "ocpp16.charge_point ocpp16.journal ocpp16.local_list ocpp16.profile_file ocpp16.profile_layout "
    "ocpp16.profile_index ocpp16.profile_writer ocpp16.profile_store ocpp16.json_stream "
    "ocpp16.profile_parser ocpp16.profile_request ocpp16.offer ocpp16.schedule ocpp16.stacks "
    "ocpp16.smart_limits ocpp16.smart evse.services.ocpp.profiles ocpp16.tag_index ocpp16.tag_file "
    "ocpp16.extras ocpp16.security_log evse.services.ocpp.parts ocpp16.rest ocpp16.resting "
    "evse.services.ocpp.quiet evse.services.ocpp.point"
)
# What takes charging profiles while it rests, and lets them count.
_DESK = (
    "ocpp16 ocpp16.times evse.services.ocpp.limit ocpp16.incoming ocpp16.rpc ocpp16.profile_layout "
    "ocpp16.profile_index ocpp16.profile_file ocpp16.profile_writer ocpp16.profile_store ocpp16.json_stream "
    "ocpp16.profile_parser ocpp16.profile_request ocpp16.offer ocpp16.schedule ocpp16.stacks ocpp16.smart_limits "
    "ocpp16.smart evse.services.ocpp.profiles ocpp16.payloads ocpp16.profile_commands evse.services.ocpp.desk"
)
_DESK_ACTIONS = ("SetChargingProfile", "ClearChargingProfile")
# It is there for so long after the last profile went.
_DESK_S = const(30)
# All other modules of these packages go.
_MODULES = (
    "evse.services.ocpp.connect evse.services.ocpp.decision evse.services.ocpp.desk evse.services.ocpp.facts "
    "evse.services.ocpp.limit evse.services.ocpp.link evse.services.ocpp.parts evse.services.ocpp.point "
    "evse.services.ocpp.profiles evse.services.ocpp.quiet evse.services.ocpp.rows evse.services.ocpp.service "
    "evse.services.ocpp.space evse.services.ocpp.station_port ocpp16.access ocpp16.auth_cache "
    "ocpp16.authorization ocpp16.boot ocpp16.certificate_store ocpp16.certificate_stream ocpp16.certificates "
    "ocpp16.chain ocpp16.charge_point ocpp16.commands ocpp16.composite ocpp16.configuration ocpp16.connector "
    "ocpp16.csr ocpp16.delivery ocpp16.der ocpp16.diagnostics ocpp16.extras ocpp16.firmware ocpp16.incoming "
    "ocpp16.journal ocpp16.journal_record ocpp16.journal_search ocpp16.json_stream ocpp16.key_checks "
    "ocpp16.keys ocpp16.late ocpp16.local_list ocpp16.local_list_stream ocpp16.local_list_update "
    "ocpp16.measurands ocpp16.meter_values ocpp16.notices ocpp16.offer ocpp16.p256 ocpp16.payloads "
    "ocpp16.pem ocpp16.pending ocpp16.profile_commands ocpp16.profile_file ocpp16.profile_index "
    "ocpp16.profile_layout ocpp16.profile_parser ocpp16.profile_request ocpp16.profile_store "
    "ocpp16.profile_writer ocpp16.reservation ocpp16.rest ocpp16.resting ocpp16.rpc ocpp16.rsa "
    "ocpp16.running ocpp16.samples ocpp16.sampling ocpp16.schedule ocpp16.security ocpp16.security_log "
    "ocpp16.signed_firmware ocpp16.smart ocpp16.smart_limits ocpp16.spare ocpp16.stacks ocpp16.tag_file "
    "ocpp16.tag_index ocpp16.tag_records ocpp16.times ocpp16.transactions ocpp16.transfers ocpp16.triggers "
    "ocpp16.vault ocpp16.x509 websocket_client.client websocket_client.errors websocket_client.frames "
    "websocket_client.handshake websocket_client.sender websocket_client.session websocket_client.url "
    "websocket_client.utf8"
)
_STAYS = (
    "evse.services.ocpp.service evse.services.ocpp.link ocpp16.rest ocpp16.times websocket_client.errors "
    "websocket_client.utf8 websocket_client.frames websocket_client.sender websocket_client.session "
    "websocket_client.client"
)


async def run(app) -> None:
    """Be at a back end until none is chosen; `app.ocpp` is what is there meanwhile."""
    ocpp = app.ocpp = Ocpp(app)
    try:
        await ocpp.run()
    finally:
        app.ocpp = None
        ocpp.drop()


class Ocpp:
    """What others see of it. `link` and `task` are its connection.

    `point` is None while it rests; `desk` may be there then.
    """

    def __init__(self, app) -> None:
        self._app = app
        self.point: "Point | None" = None
        self.link: "Link | None" = None
        self.task = None
        self.leaving = False
        self._rest: "Rest | None" = None
        self._card = ""
        self.desk: "Desk | None" = None
        self._wants_desk = False
        # The profiles, from one to the next who looks after them.
        self._smart = None

    @property
    def connected(self) -> bool:
        """True while a back end answers."""
        return self.link is not None and self.link.client.connected

    @property
    def accepted(self) -> bool:
        """True while it has accepted the station as well."""
        return self.connected and (self.point is None or self.point.accepted)

    @property
    def error(self) -> str:
        """Why there is no connection, or why the station is not accepted, in plain words; "" while all is well."""
        if self.point:
            return self.point.error
        if self.link is None:
            return "starting"
        return "" if self.connected else "connecting"

    def fill_status(self, status: dict) -> None:
        """Write the outputs that are about the back end."""
        point = self.point
        status["ocpp.connected"] = self.connected
        status["ocpp.accepted"] = self.accepted
        status["ocpp.error"] = self.error
        status["ocpp.url"] = self.link.address if self.link else ""
        if point:
            point.fill_status(status)
            return
        status["ocpp.status"] = self._rest.reports[1][0] if self._rest else "Available"
        limiter = self.desk.limiter if self.desk else None
        status["ocpp.id_tag"] = ""
        status["ocpp.transaction"] = status["ocpp.offline_limit_ma"] = -1
        status["ocpp.queue"] = 0
        status["ocpp.limit_ma"] = limiter.profile_ma if limiter else -1
        status["ocpp.profile"] = limiter.profile if limiter else ""
        status["ocpp.profiles"] = self.desk.smart.store.count if self.desk else 0

    async def run(self) -> None:
        """Go on until no back end is chosen."""
        while self._app.settings.get("OcppMode") and not self.leaving:
            asks = False
            # Messages wait from here on until the charge point is back.
            self.desk = None
            await self._load(_POINT)
            point = self._make_point()
            for _ in point.build():
                await aio.sleep_ms(0)
            self.point = point
            await aio.sleep_ms(0)
            try:
                self._rest = await point.run()
                if self._rest is None:
                    point.limiter.release()
                    return
                self._smart = point.smart if point.smart.store.count else None
                access = self._app.gate.access
                asks = access is not None and access.authoriser is point.station.decision
            finally:
                # What went wrong must not let a car have more than it was allowed: then the claims stay.
                point.station.decision.leave()
                self.point = None
            del point
            self._forget(_DESK if self._smart else "")
            await self._doze(self._rest, asks)
        if self.desk:
            self.desk.limiter.release()
        if self.link is not None:
            await self.link.client.close()

    def connect(self, link: "Link") -> None:
        """Let a connection begin."""
        self.link = link
        self.task = asyncio.create_task(link.client.run())

    def drop(self) -> None:
        """Give the connection up."""
        if self.task is not None:
            self.task.cancel()
        self.link = self.task = None
        access = self._app.gate.access
        if access is not None and access.authoriser is self:
            access.authoriser = None

    def flush(self) -> None:
        """Write what a restart would lose; the contactors are open."""
        if self.point:
            self.point.flush()

    async def leave(self) -> None:
        """Say goodbye, before a restart."""
        self.leaving = True
        for _ in range(_LEAVE_PASSES):
            if self.link is None:
                break
            await aio.sleep_ms(_PASS_MS)

    def clear_profiles(self) -> int:
        """Delete every charging profile; return how many there were."""
        if self.point:
            return self.point.clear_profiles()
        return self.desk.smart.clear_all(self._app.board.clock.unix_s()) if self.desk else 0

    # What Access asks of a back end

    def request(self, uid: str, owner: str) -> int:
        """Take a card; it is decided about once the charge point is back."""
        self._card = uid
        return PENDING

    def take_card(self) -> str:
        """Return the card that waits, "" for none."""
        card, self._card = self._card, ""
        return card

    def _make_point(self) -> "Point":
        self._app.loader.load(_POINT)
        from evse.services.ocpp.point import Point

        smart, self._smart = self._smart, None
        return Point(self._app, self, self._rest, smart)

    async def _open_desk(self, rest: "Rest") -> "Desk":
        """Return what looks after charging profiles."""
        await self._load(_DESK)
        self._app.loader.load(_DESK)
        from evse.services.ocpp.desk import Desk
        from evse.services.ocpp.profiles import make_smart

        smart = self._smart
        if smart is None:
            smart = self._smart = make_smart(self._app)
            for _ in smart.load():
                await aio.sleep_ms(0)
        desk = self.desk = Desk(self._app, rest, smart, self._send)
        desk.step(self._app.board.clock.unix_s())
        return desk

    def _close_desk(self) -> None:
        self.desk = self._smart = None
        self._forget("")

    async def _load(self, names: str) -> None:
        """Load modules with a moment for others between any two."""
        for name in names.split():
            self._app.loader.load(name)
            await aio.sleep_ms(0)

    def _send(self, message) -> None:
        if self.link is not None:
            self.link.put(message)

    def _forget(self, but: str) -> None:
        stays = (_STAYS + " " + but).split()
        for name in _MODULES.split():
            if name not in stays:
                forget(name)

    # What Link asks while the charge point rests

    def rpc_of(self, begin: bytes):
        """Return what takes a message that begins so, None without."""
        if action_of(begin) not in _DESK_ACTIONS:
            return None
        if self.desk is None:
            self._wants_desk = True
            self.link.client.hold(True)  # pyright: ignore[reportOptionalMemberAccess]
            return None
        return self.desk.rpc

    def hear(self, message: bytes) -> bool:
        """Take the answer to a Heartbeat; False for every other message."""
        return self._rest is not None and self._rest.hear(message, self._app.board.clock.unix_s())

    async def _doze(self, rest: "Rest", asks: bool) -> None:
        """Keep the connection alive until something happens; `asks` says that the back end decides about cards."""
        app, link, task = self._app, self.link, self.task
        station, clock, access = app.station, app.board.clock, app.gate.access
        assert link and task
        link.rest(self)
        if asks and access:
            access.authoriser = self
        settings, opened, active = app.settings.changes, station.charger.access, station.faults.active
        until_s = rest.up_s + _REST_S
        self._wants_desk = self._smart is not None
        while rest.up_s < until_s and link.client.connected and not task.done():
            if self._wants_desk:
                self._wants_desk = False
                await self._open_desk(rest)
                await aio.sleep_ms(0)
                link.again()
            if not link.receiving and (
                link.disturbed
                or self._card
                or self.leaving
                or settings != app.settings.changes
                or station.charger.connected()
                or opened != station.charger.access
                or active != station.faults.active
            ):
                break
            text = rest.step(clock.ticks_ms())
            if text:
                link.put(text)
            link.step()
            desk = self.desk
            more = desk is not None and desk.step(clock.unix_s())
            if desk is not None and desk.unused_s() >= _DESK_S:
                self._close_desk()
            await aio.sleep_ms(0 if more else _PASS_MS)
