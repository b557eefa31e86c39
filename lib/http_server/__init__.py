"""An HTTP/1.x server for small machines: connections bounded in number, size and time around a microdot application.

`head` reads the first lines of a request without any socket; `listener` owns the sockets.
"""
