"""WebSocket client (RFC 6455): state machines without I/O, with a thin asyncio shell.

Import the module that is needed: `client` (WebSocketClient), `url` (what an address must look like), `errors`; contexts
for wss:// are made by `sockets.tls`. Messages come in pieces and go out through a buffer of fixed size, so none of them
must exist as a whole. No extensions, so no compression. `websocket` is a built-in module of MicroPython.
"""
