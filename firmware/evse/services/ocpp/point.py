"""The charge point of lib/ocpp16 with its files, its connection and its clock; out of memory while it rests.

Nothing here waits for the back end, so the control step is never late because of it. Files are written only while no
contactor is closed; what comes meanwhile is kept in memory.
"""

import binascii
import os

from micropython import const

from evse import aio
from evse.log import log
from evse.services.ocpp.limit import NOTHING, Limiter
from evse.services.ocpp.link import Link, chosen
from evse.services.ocpp.parts import Parts
from evse.services.ocpp.profiles import FOLDER, make_smart, message_spare
from evse.services.ocpp.quiet import Quiet
from evse.services.ocpp.rows import Rows
from evse.services.ocpp.space import MessageSpace
from evse.services.ocpp.station_port import SCHEMA as STATION_SCHEMA
from evse.services.ocpp.station_port import StationPort
from evse.settings import table
from ocpp16 import resting
from ocpp16.auth_cache import AuthCache
from ocpp16.authorization import Authorization
from ocpp16.charge_point import ChargePoint
from ocpp16.configuration import Configuration
from ocpp16.journal import Journal
from ocpp16.local_list import LocalList
from ocpp16.reservation import Reservations
from ocpp16.tag_file import TagFile

_PASS_MS = const(100)
_SCHEMA = const(1)
# A meter that does not answer by then is not waited for.
_METER_S = const(10)
# So long a goodbye may take.
_LEAVE_PASSES = const(20)
_FLUSH_PASSES = const(20)
SUPPORTED = "Core,FirmwareManagement,LocalAuthListManagement,Reservation,SmartCharging,RemoteTrigger"


class Point:
    """One charge point, at one back end at a time. Run `build` to its end before anything else.

    `front` is the Ocpp that has its connection; `rest` what is left of the one before, `smart` its SmartCharging, or
    None.
    """

    def __init__(self, app, front, rest, smart) -> None:
        self._app = app
        self._front = front
        self._rest = rest
        self.smart = smart
        self._problem = ""
        self._why = ""
        self._settings_seen = app.settings.changes
        # Set when the connection is to be made anew.
        self._anew = False
        self._was_up = True

    def build(self):
        """Make its parts; a generator that yields between them."""
        app = self._app
        self._may_write = app.station.contactors.proven_open
        self._folder = app.board.storage.root + "/" + FOLDER
        self._has_folder = False
        self._make_folder()
        yield
        root = self._folder + "/"
        self.station = StationPort(app, app.make_store(FOLDER + "/station", STATION_SCHEMA))
        self._rows = Rows(app.settings, lambda shown: app.change_settings(shown, table.REMOTE))
        yield
        station = app.station
        config = self.config = Configuration(
            app.make_store(FOLDER + "/keys", _SCHEMA),
            self._rows,
            {
                "NumberOfConnectors": "1",
                "SupportedFeatureProfiles": SUPPORTED,
                # Without a car nothing keeps a cable that is not fixed.
                "UnlockConnectorOnEVSideDisconnect": "true" if station.config.socket else "false",
                "ConnectorSwitch3to1PhaseSupported": "true" if station.profile.has_c2 else "false",
            },
        )
        yield
        self.space = MessageSpace(root + "messages", self._may_write, spare=message_spare(app))
        if self._rest is None:
            yield from self.space.recover()
        self._list = LocalList(config, TagFile(root + "list", self._may_write))
        cache = AuthCache(config, TagFile(root + "cache", self._may_write))
        self._authorization = Authorization(config, self._list, cache)
        yield
        self._reservations = Reservations(
            config, app.make_store(FOLDER + "/reservations", _SCHEMA), 1, self._status_of, self._may_write
        )
        yield
        if self.smart is None:
            self.smart = make_smart(app)
        self.cp = ChargePoint(
            self.station,
            Journal(self.space),
            config,
            self._authorization,
            self._list,
            self._reservations,
            self.smart,
            self._send,
            self._rest.prefix if self._rest else binascii.hexlify(os.urandom(6)).decode(),
            app.loader.load,
        )
        self.cp.rpc.on_error = log.exception
        yield
        self.parts = Parts(app, self.cp, FOLDER, self._may_write, self._rest is None)
        config.three_phase = self._measures_phases()
        self.limiter = Limiter(station, app.settings, config, self.smart)
        self._quiet = Quiet(app, self.cp, self.station, self.parts, self.space)

    def _measures_phases(self) -> bool:
        self._app.loader.load("evse.services.requests")
        from evse.services.requests import measures_phases

        return measures_phases(self._app)

    @property
    def link(self) -> "Link | None":
        """Its connection."""
        return self._front.link

    # What others show

    @property
    def accepted(self) -> bool:
        """True while it has accepted the station as well."""
        return self.cp.is_online()

    @property
    def error(self) -> str:
        """Why there is no connection, or why the station is not accepted, in plain words; "" while all is well."""
        if self.link is None:
            return self._problem or "starting"
        if not self.link.client.connected:
            return self.link.error
        status = self.cp.boot.status
        if status == "Rejected":
            return "the back end rejects this station"
        return "" if self.accepted else "the back end has not accepted this station yet"

    def fill_status(self, status: dict) -> None:
        """Write the outputs that are about the back end."""
        running = self.cp.connectors[1].transaction
        status["ocpp.status"] = self.cp.connectors[1].status
        status["ocpp.transaction"] = -1
        status["ocpp.id_tag"] = ""
        if running is not None:
            status["ocpp.transaction"] = running.transaction_id if running.transaction_id is not None else 0
            status["ocpp.id_tag"] = running.id_tag
        status["ocpp.queue"] = self.cp.journal.waiting
        status["ocpp.limit_ma"] = self.limiter.profile_ma
        status["ocpp.profile"] = self.limiter.profile
        status["ocpp.profiles"] = self.smart.store.count
        status["ocpp.offline_limit_ma"] = self.limiter.offline_ma

    # Its life

    async def run(self):
        """Load what was kept, then connect and go on until no back end is chosen; return a Rest when it may rest."""
        app = self._app
        if not self.smart.ready:
            for _ in self.smart.load():
                await aio.sleep_ms(0)
        for _ in self.cp.load():
            await aio.sleep_ms(0)
        self.station.cp = self.cp
        if self._rest is not None:
            resting.resume(self.cp, self._rest)
        while not self._meter_is_ready():
            self.limiter.step(app.board.clock.unix_s(), False, NOTHING)
            await aio.sleep_ms(_PASS_MS)
        while app.settings.get("OcppMode") and not self._front.leaving:
            if await self._serve():
                return resting.take(self.cp)
        if not self._front.leaving:
            self.cp.stop(1, "Other")
        self.flush()
        return None

    def flush(self) -> None:
        """Write what a restart would lose; the contactors are open."""
        try:
            self.config.save()
        except OSError as error:
            log.write("storage: keys of the back end not saved: %s" % error)
        self.station.save()
        self.space.keep()
        for _ in range(_FLUSH_PASSES):
            if self.space.held:
                self.space.step()
        self.parts.flush()

    def clear_profiles(self) -> int:
        """Delete every charging profile; return how many there were."""
        return self.smart.clear_all(self._app.board.clock.unix_s())

    async def _serve(self) -> bool:
        """Be connected as the settings say, until these change; True when it may rest instead."""
        app, front = self._app, self._front
        self._anew = False
        rests = False
        try:
            if front.link is not None:
                # What came meanwhile meets a charge point that knows how things are.
                self.step()
                front.link.resume(self.cp, self.parts)
                card = front.take_card()
                if card:
                    self.cp.present(card, 1)
            else:
                self._connect()
            now = front.link.settings if front.link is not None else chosen(app.settings)
            while now == chosen(app.settings) and not front.leaving and not self._anew:
                if front.task is not None and front.task.done():
                    await front.task
                    break
                rests = self._quiet.long_enough(front.link)
                if rests:
                    return True
                await self._pass()
            if front.link is not None:
                # An answer may still be on its way.
                for _ in range(_LEAVE_PASSES):
                    if front.link.idle or not front.connected:
                        break
                    front.link.step()
                    await aio.sleep_ms(_PASS_MS)
                await front.link.client.close()
        finally:
            if not rests:
                front.drop()
                if self.cp.is_connected:
                    self.cp.disconnected()
        return False

    def _connect(self) -> None:
        try:
            self._front.connect(Link(self._app, self.cp, self.parts))
        except ValueError as error:
            self._problem = str(error)

    async def _pass(self) -> None:
        self.step()
        if self.link is not None:
            self.link.step()
            is_up = self._app.board.network.is_up()
            if is_up and not self._was_up:
                self.link.client.retry()
            self._was_up = is_up
        while self.cp.pending.working and self.cp.pending.work():
            await aio.sleep_ms(0)
        if self.parts.work() or self.smart.step(self._app.board.clock.unix_s()):
            await aio.sleep_ms(0)
        else:
            await aio.sleep_ms(_PASS_MS)

    def step(self) -> None:
        """Do what is due."""
        app = self._app
        clock = app.board.clock
        unix_s = clock.unix_s()
        if self._settings_seen != app.settings.changes:
            self._settings_seen = app.settings.changes
            self.config.three_phase = self._measures_phases()
            self.config.noted("MeterValueSampleInterval")
        self._make_folder()
        self.cp.step(clock.ticks_ms(), unix_s)
        self.station.step()
        self.limiter.step(unix_s, self.accepted, self.station.decision.hold())
        self._authorization.step()
        if self.accepted and not self._anew:
            self.parts.security.connected()
        if self.parts.step(self.link):
            self._anew = True
        self.space.step()
        try:
            self.config.step(app.station.uptime_s, self._may_write())
        except OSError as error:
            log.write("storage: keys of the back end not saved: %s" % error)
        why = self.error
        if why != self._why:
            self._why = why
            if why:
                log.write("ocpp: " + why)

    def _make_folder(self) -> None:
        """Make the folder of all these files, once; few names in each folder are quick to find."""
        if self._has_folder or not self._may_write():
            return
        self._has_folder = True
        try:
            os.mkdir(self._folder)
        except OSError:
            # It is there, or writing a file will say what is wrong.
            pass

    def _meter_is_ready(self) -> bool:
        """Tell whether a transaction can begin with the right reading."""
        return self.station.meters.ready() or self._app.station.uptime_s >= _METER_S

    def _status_of(self, number: int) -> str:
        return self.cp.status_of(number)

    def _send(self, message) -> None:
        if self.link is not None:
            self.link.put(message)
