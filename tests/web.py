"""The web role in a thread, and HTTP as stations speak it."""

import http.client
import socket
import threading
from dataclasses import dataclass
from urllib.parse import urlsplit

import uvicorn

from config.asgi import application
from tests.plugged import DEADLINE_S, wait_for


class RunningWeb:
    """Pages and files on any free port; `url` is what PUBLIC_URL must be."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.server = uvicorn.Server(uvicorn.Config(application, lifespan="off", log_config=None, access_log=False))
        self._thread = threading.Thread(target=self.server.run, kwargs={"sockets": [self._listener]})
        self._thread.start()
        wait_for(lambda: self.server.started)

    def stop(self) -> None:
        self.server.should_exit = True
        self._thread.join(DEADLINE_S)
        assert not self._thread.is_alive()


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


def ask(url: str, method: str = "GET", body: object = None, **headers: str) -> Answer:
    """One request on a connection of its own; `if_range="…"` is the header If-Range."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=DEADLINE_S)
    try:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, parts.path, body=body, headers=named)  # type: ignore[arg-type]
        response = connection.getresponse()
        told = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, told, response.read())
    finally:
        connection.close()


def form_with(content: bytes, *, name: str = "diag.zip", field: str = "file") -> tuple[bytes, str]:
    """A form with one file, as curl -F and many stations send it; its body and content type."""
    edge = "----edge7MA4YWxkTrZu0gW"
    head = f'--{edge}\r\nContent-Disposition: form-data; name="{field}"; filename="{name}"\r\n'
    body = f"{head}Content-Type: application/zip\r\n\r\n".encode() + content + f"\r\n--{edge}--\r\n".encode()
    return body, f"multipart/form-data; boundary={edge}"
