"""Ends with 0 if the role in this container answers /livez. The roles without a port live as long as their process."""

import http.client
import os
import sys

PORTS = {"web": ("WEB_PORT", "8000"), "gateway": ("GATEWAY_PORT", "9000")}


def is_alive(role: str) -> bool:
    variable, default = PORTS[role]
    connection = http.client.HTTPConnection("127.0.0.1", int(os.environ.get(variable, default)), timeout=4)
    try:
        connection.request("GET", "/livez")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False


if __name__ == "__main__":
    sys.exit(0 if is_alive(sys.argv[1]) else 1)
