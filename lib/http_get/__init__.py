"""HTTP/1.1 GET without waiting: `http_get.response` parses an answer, `http_get.client` asks over a link.

Both are state machines that take bytes and the time; `http_get.client` moves the bytes over any link that has the
calls of `sockets.links.TcpLink`. No redirects, no compression, no names: whoever asks gives an address.
"""
