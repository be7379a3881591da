"""`manage.py gateway`: the stations' sockets, one of the five roles."""

import gc
import socket
from argparse import ArgumentParser
from typing import Any

import structlog
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.module_loading import import_string

from apps.core.metrics import serve_metrics
from apps.ocpp.gateway import Gateway
from apps.ocpp.server import SecureListener, make_server
from apps.ocpp.tls import make_context

log = structlog.get_logger(__name__)


class Command(BaseCommand):
    help = "Serves charging stations over OCPP-J until it is stopped. Several may run, each on a port of its own."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=settings.GATEWAY_PORT, help="0 takes any free port")
        parser.add_argument(
            "--tls-port", type=int, default=settings.GATEWAY_TLS_PORT, help="with GATEWAY_TLS_CERT only"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        listener = _listener(settings.HOST, options["port"], variable="GATEWAY_PORT")
        secure = _secure_listener(settings.HOST, options["tls_port"])
        port = listener.getsockname()[1]
        # By name, as uvicorn does it: one edge imports no other.
        application = import_string("apps.ocpp.asgi.make_application")(Gateway(gateway_name(port)))
        behind_proxy = bool(settings.SECURE_PROXY_SSL_HEADER)
        serve_metrics(settings.HOST, settings.METRICS_PORT)
        # What is loaded now stays for good: collections need not look at it while stations wait.
        gc.collect()
        gc.freeze()
        log.info("gateway starts", host=settings.HOST, port=port)
        server = make_server(application, host=settings.HOST, port=port, secure=secure, behind_proxy=behind_proxy)
        server.run(sockets=[listener])


def _secure_listener(host: str, port: int) -> SecureListener | None:
    """On only with a certificate; half of what it takes is a mistake, not a wish to go without."""
    certificates, keys, client_ca = settings.GATEWAY_TLS_CERT, settings.GATEWAY_TLS_KEY, settings.GATEWAY_CLIENT_CA
    if not (certificates or keys or client_ca):
        return None
    if not certificates or len(certificates) != len(keys):
        raise CommandError("TLS needs GATEWAY_TLS_CERT, and as many files in GATEWAY_TLS_KEY.")
    try:
        context = make_context(certificates, keys, client_ca=client_ca)
    except (OSError, ValueError) as problem:
        message = f"GATEWAY_TLS_CERT, GATEWAY_TLS_KEY or GATEWAY_CLIENT_CA can't be used: {problem}"
        raise CommandError(message) from problem
    return SecureListener(_listener(host, port, variable="GATEWAY_TLS_PORT"), context)


def _listener(host: str, port: int, *, variable: str) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as problem:
        raise CommandError(f"Port {port} at {host} can't be used: {problem.strerror}. Set {variable}.") from problem
    return listener


def gateway_name(port: int) -> str:
    """The same after a restart, so that it finds the leases of a crashed one; host and port tell processes apart."""
    return f"gateway.{socket.gethostname()}.{port}"
