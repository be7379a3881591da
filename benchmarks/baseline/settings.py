"""The product's settings, with a plain persistent connection per thread."""

from config.settings import *  # noqa: F403
from config.settings import DATABASES, INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "benchmarks.baseline"]
DATABASES["default"] |= {"OPTIONS": {}, "CONN_MAX_AGE": None}
