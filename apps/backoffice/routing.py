"""Live sockets of open pages."""

from django.urls import URLPattern, path

from apps.backoffice.consumers import LiveConsumer

websocket_urls: list[URLPattern] = [path("ws/live/", LiveConsumer.as_asgi())]
