"""What a process has counted, for Prometheus, on a port of its own."""

import structlog
from prometheus_client import start_http_server

log = structlog.get_logger(__name__)


def serve_metrics(host: str, port: int) -> bool:
    """Answer on this port until the process ends; 0 is off. A port in use costs the figures, never the service."""
    if not port:
        return False
    try:
        start_http_server(port, addr=host)
    except OSError as problem:
        log.warning("no metrics", host=host, port=port, problem=problem.strerror)
        return False
    return True
