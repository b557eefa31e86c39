"""Names to IPv4 addresses without waiting, as `getaddrinfo` would for many seconds when a name server is dead.

`dns.names` reads names and numbers, `dns.message` makes and reads packets (RFC 1035), `dns.resolver` asks and
remembers, `dns.server` answers every name with one address, for a captive page.
"""
