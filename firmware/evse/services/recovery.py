"""What runs instead of the station after a boot loop: outputs stay safe, Wi-Fi and an update can be set up.

The page is plain on purpose. It shares nothing with the station but the store and the credentials, because whatever
made the station fail may be in the rest. After a while without a visitor the station is tried again.
"""

import asyncio
import json

from microdot import Microdot, Request
from micropython import const

from evse import aio
from evse.log import log
from evse.services.net import credentials
from evse.settings.store import Store

QUIET_MS = const(900000)

_FEED_MS = const(100)
_CHUNK_BYTES = const(1024)
_IMAGE_BYTES = const(0x400000)

_PAGE = """<!doctype html><meta name=viewport content="width=device-width"><title>microEVSE recovery</title>
<style>body{font:16px sans-serif;max-width:30em;margin:1em auto;padding:0 1em}input,button{font:inherit;width:100%;
margin:.2em 0 .8em;padding:.4em;box-sizing:border-box}</style><h1>Recovery</h1>
<p>The station failed to start several times. Charging is off.</p><p id=r></p>
<h2>Wi-Fi</h2><form id=w><label>Network<input name=ssid maxlength=32 required></label>
<label>Password<input name=password type=password maxlength=63></label><button>Save</button></form>
<h2>Update</h2><form id=u><label>Firmware file<input type=file name=f required></label><button>Install</button></form>
<h2>Start again</h2><button id=s>Restart the station</button><p role=status id=m></p><script>
const say=t=>m.textContent=t,post=async(p,b,h)=>{try{const a=await fetch(p,{method:'POST',body:b,headers:h}),
j=await a.json();say(j.error||j.done)}catch(e){say('no answer: '+e)}};
fetch('/status').then(a=>a.json()).then(j=>r.textContent='Reason: '+j['reset.reason']);
w.onsubmit=e=>{e.preventDefault();post('/wifi',JSON.stringify(Object.fromEntries(new FormData(w))))};
u.onsubmit=async e=>{e.preventDefault();say('installing ...');await post('/update',u.f.files[0])};
s.onclick=()=>post('/restart')</script>"""


class Recovery:
    """Serve the recovery page of a board until a restart is asked for or nobody comes."""

    def __init__(self, board, record) -> None:
        self._board = board
        self._record = record
        self._quiet_ms = 0
        self._restart = False
        self.app = self._make_app()

    async def run(self) -> str:
        """Open the access point and serve; return why it ended."""
        log.write("recovery: " + self._record.reason)
        self._board.open_recovery_link()
        server = asyncio.create_task(self.app.start_server(*self._board.recovery_address()))
        try:
            while not self._restart and self._quiet_ms < QUIET_MS:
                self._board.watchdog.feed()
                await aio.sleep_ms(_FEED_MS)
                self._quiet_ms += _FEED_MS
        finally:
            server.cancel()
        self._record.good()
        return "recovery ended"

    def _make_app(self) -> Microdot:
        # An image is streamed, never held.
        Request.max_content_length = _IMAGE_BYTES
        app = Microdot()
        app.before_request(self._note_visit)
        app.get("/")(self._page)
        app.get("/status")(self._status)
        app.post("/wifi")(self._wifi)
        app.post("/update")(self._update)
        app.post("/restart")(self._ask_restart)
        return app

    async def _note_visit(self, request) -> None:
        self._quiet_ms = 0

    async def _page(self, request):
        return _PAGE, 200, {"Content-Type": "text/html"}

    async def _status(self, request):
        return {"recovery": True, "reset.reason": self._record.reason, "c1": False}

    async def _wifi(self, request):
        try:
            wanted = json.loads(request.body.decode())
            ssid, password = wanted["ssid"], wanted["password"]
        except (ValueError, KeyError, TypeError, RuntimeError):
            return {"error": "ssid and password are needed"}, 400
        problem = credentials.problem(ssid, password)
        if problem:
            return {"error": problem}, 400
        store = Store(self._board.storage.root + "/" + credentials.NAME, credentials.SCHEMA)
        store.load()
        credentials.save(store, ssid, password, True)
        return {"done": "Wi-Fi saved"}

    async def _update(self, request):
        try:
            update = self._board.start_update(request.content_length)
            await self._receive(update, request.stream, request.content_length)
            update.finish(None)
        except (ValueError, OSError) as error:
            return {"error": str(error)}, 400
        return {"done": "installed; restart the station"}

    async def _receive(self, update, stream, left: int) -> None:
        while left > 0:
            data = await stream.read(min(left, _CHUNK_BYTES))
            if not data:
                raise ValueError("the transfer was cut short")
            view = memoryview(data)
            while view:
                view = view[update.write(view) :]
                # Each block stops the chip for a while; let the watchdog be fed in between.
                await aio.sleep_ms(0)
            left -= len(data)

    async def _ask_restart(self, request):
        self._restart = True
        return {"done": "the station restarts"}
