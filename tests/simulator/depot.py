"""An HTTP server that has files for stations, and takes theirs."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


@dataclass
class Depot:
    """`files` by path; `refuses` are methods answered with 405."""

    address: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    brought: list[tuple[str, str, bytes]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    refuses: set[str] = field(default_factory=set)


@contextmanager
def open_depot() -> Iterator[Depot]:
    depot = Depot()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(depot))
    depot.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield depot
    server.shutdown()
    thread.join()
    server.server_close()


def _handler(depot: Depot) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            depot.asked.append(self.path)
            found = depot.files.get(self.path)
            self._answer(404 if found is None else 200, found or b"")

        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.command in depot.refuses:
                self._answer(405)
                return
            depot.brought.append((self.command, self.path, body))
            self._answer(200)

        def do_POST(self) -> None:
            self.do_PUT()

        def _answer(self, status: int, body: bytes = b"") -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Nobody reads it."""

    return Handler
