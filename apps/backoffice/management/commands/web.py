"""The web role: pages, API and live sockets under uvicorn."""

from typing import Any

import uvicorn
from django.conf import settings
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Serve pages, API and live sockets on HOST:WEB_PORT."

    def handle(self, *args: Any, **options: Any) -> None:
        uvicorn.run(
            "config.asgi:application",
            host=settings.HOST,
            port=settings.WEB_PORT,
            loop="uvloop",
            ws="websockets-sansio",
            lifespan="off",
            access_log=False,
            proxy_headers=settings.SECURE_PROXY_SSL_HEADER is not None,
            log_config=None,
            timeout_graceful_shutdown=5,
        )
