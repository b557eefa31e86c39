"""A server of firmware, which also takes logs, for tests."""

import http.server
import threading

FIRMWARE = bytes([number * 31 & 255 for number in range(100_000)])


class FileServer(http.server.ThreadingHTTPServer):
    """Serves `content` as any file, and keeps what is put to it."""

    daemon_threads = True

    def __init__(self, content: bytes = FIRMWARE) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files: dict[str, bytes] = {}
        self.content = content
        # How often somebody asked for that.
        self.fetched = 0
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: FileServer  # pyright: ignore[reportIncompatibleVariableOverride]

    def do_GET(self) -> None:
        self.server.fetched += 1
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.server.content)))
        self.end_headers()
        self.wfile.write(self.server.content)

    def do_PUT(self) -> None:
        self.server.files[self.path] = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(201)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass
