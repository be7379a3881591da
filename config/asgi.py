"""The web role: pages, API and live sockets."""

import os

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
pages = get_asgi_application()

from apps.backoffice.asgi import with_files  # noqa: E402  (needs the apps to be loaded)
from apps.backoffice.routing import websocket_urls  # noqa: E402

application = ProtocolTypeRouter({"http": with_files(pages), "websocket": URLRouter(websocket_urls)})
