"""For daphne."""

import django
from channels.routing import ProtocolTypeRouter

django.setup()

from benchmarks.baseline.consumers import StationConsumer  # noqa: E402  (needs the apps to be loaded)

application = ProtocolTypeRouter({"websocket": StationConsumer.as_asgi()})
