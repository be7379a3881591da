"""Settings: everything that differs between machines comes from the environment (docs/settings.md)."""

import sys
from pathlib import Path
from types import ModuleType

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from config import branding, logs, wiring

WIRING: ModuleType = wiring
UNFOLD, UNFOLD_PLATFORM = branding.UNFOLD, branding.UNFOLD_PLATFORM

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

DEBUG = env.bool("DEBUG", default=False)
NEEDS_NO_SERVICES = set(sys.argv[1:2]) & {"simulate", "makemigrations", "makemessages", "compilemessages", "help"}
SECRET_KEY = env("SECRET_KEY", default="unset-" * 9 if NEEDS_NO_SERVICES else "")
DATABASE_URL = env("DATABASE_URL", default="postgres://nobody@127.0.0.1:1/none" if NEEDS_NO_SERVICES else "")
REDIS_URL = env("REDIS_URL", default="redis://127.0.0.1:1" if NEEDS_NO_SERVICES else "")
for _name in ("SECRET_KEY", "DATABASE_URL", "REDIS_URL"):
    if not globals()[_name]:
        raise ImproperlyConfigured(f"{_name} is not set. Start “python3 manage.py up”, or set it (docs/settings.md).")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])

BASE_DOMAIN = env("BASE_DOMAIN", default="localhost")
HOST = env("HOST", default="127.0.0.1")
WEB_PORT = env.int("WEB_PORT", default=8000)
GATEWAY_PORT = env.int("GATEWAY_PORT", default=9000)
GATEWAY_TLS_PORT = env.int("GATEWAY_TLS_PORT", default=9443)
GATEWAY_TLS_CERT = env.list("GATEWAY_TLS_CERT", default=[])
GATEWAY_TLS_KEY = env.list("GATEWAY_TLS_KEY", default=[])
GATEWAY_CLIENT_CA = env("GATEWAY_CLIENT_CA", default="")
METRICS_PORT = env.int("METRICS_PORT", default=9100)
WORKER_METRICS_PORT = env.int("WORKER_METRICS_PORT", default=0)
DISPATCHER_METRICS_PORT = env.int("DISPATCHER_METRICS_PORT", default=0)
PUBLIC_URL = env("PUBLIC_URL", default=f"http://{BASE_DOMAIN}:{WEB_PORT}")
GATEWAY_URL = env("GATEWAY_URL", default=f"ws://{BASE_DOMAIN}:{GATEWAY_PORT}")
ALLOWED_HOSTS = ["*"]  # TenantMiddleware answers an unknown host with "no such address"
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_PROXY", default=False) else None
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PUBLIC_URL.startswith("https://")

SHARED_APPS = [
    "apps.tenants",
    "django_tenants",
    "apps.events",
    "apps.telemetry",
    "apps.accounts",
    "unfold",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.admin",
    "django.contrib.staticfiles",
    "django_htmx",
    "csp",
    "channels",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "apps.simulator",
    "apps.ocpp",
    "apps.backoffice",
]
TENANT_APPS = [
    "apps.accounts",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.admin",
    "apps.stations",
    "apps.certificates",
    "apps.drivers",
    "apps.tariffs",
    "apps.charging",
    "apps.billing",
    "apps.smartcharging",
    "apps.exports",
    "apps.api",
]
INSTALLED_APPS = SHARED_APPS + [app for app in TENANT_APPS if app not in SHARED_APPS]
TENANT_MODEL = "tenants.Tenant"
TENANT_DOMAIN_MODEL = "tenants.Domain"
PUBLIC_SCHEMA_URLCONF = "config.urls_public"
NOWHERE_URLCONF = "apps.backoffice.urls_nowhere"
ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
AUTH_USER_MODEL = "accounts.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "apps.tenants.middleware.TenantMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DATABASE_POOL = {"min_size": 0, "max_size": env.int("DATABASE_POOL", default=16), "max_lifetime": 1800, "timeout": 2}
DATABASES = {"default": env.db_url_config(DATABASE_URL)}
# The pool hands connections to threads; under ASGI persistent connections (CONN_MAX_AGE) would multiply.
DATABASES["default"] |= {
    "ENGINE": "apps.tenants.adapters.postgresql",
    "CONN_MAX_AGE": 0,
    "OPTIONS": {} if NEEDS_NO_SERVICES else {"pool": DATABASE_POOL},
    "TEST": {"NAME": env("TEST_DATABASE", default="ohmstead_test")},
}
TENANT_LIMIT_SET_CALLS = True
DATABASE_ROUTERS = ("django_tenants.routers.TenantSyncRouter",)

CHANNEL_LAYERS = {
    "default": {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer", "CONFIG": {"hosts": [REDIS_URL]}},
}
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_FUNCTION": "django_tenants.cache.make_key",
    },
}

CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = {
    "partitions": {"task": "telemetry.care_for_partitions", "schedule": 6 * 3600},
    "retention": {"task": "telemetry.delete_expired", "schedule": 3600},
    "outbox": {"task": "events.forget_done", "schedule": 3600},
    "billing": {"task": "tenants.fan_out", "schedule": 300, "args": ["billing.sweep"]},
    "displays": {"task": "tenants.fan_out", "schedule": 60, "args": ["billing.show_running_costs"]},
    "commands": {"task": "tenants.fan_out", "schedule": 60, "args": ["stations.expire_commands"]},
    "firmware": {"task": "tenants.fan_out", "schedule": 60, "args": ["stations.tend_firmware"]},
    "reservations": {"task": "tenants.fan_out", "schedule": 30, "args": ["charging.tend_reservations"]},
    "gaps": {"task": "tenants.fan_out", "schedule": 60, "args": ["charging.tend_gaps"]},
    "grace": {"task": "tenants.fan_out", "schedule": 60, "args": ["charging.close_overdue"]},
    "introductions": {"task": "tenants.fan_out", "schedule": 60, "args": ["stations.ask_for_boot"]},
    "local_lists": {"task": "tenants.fan_out", "schedule": 60, "args": ["drivers.keep_local_lists"]},
}

METER_VALUE_DAYS = env.int("METER_VALUE_DAYS", default=1095)
FRAME_DAYS = env.int("FRAME_DAYS", default=90)

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("de", _("German"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = env("STATIC_ROOT", default=None)
WHITENOISE_USE_FINDERS = True
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    "blobs": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": env("BLOB_ROOT", default=str(BASE_DIR / "var" / "blobs")), "base_url": None},
    },
}

LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "/"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF, "ws:", "wss:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    },
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["apps.api.authentication.ApiKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["apps.api.permissions.HasScope"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_PAGINATION_CLASS": "apps.api.pagination.CountedCursorPagination",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "apps.api.problems.answer_problem",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Ohmstead API",
    "DESCRIPTION": "Charging stations, charges, tariffs and invoices of one tenant.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENUM_NAME_OVERRIDES": {
        "ConnectorStatusEnum": "apps.stations.models.hardware.CONNECTOR_CHOICES",
        "RegistrationEnum": "apps.stations.models.hardware.REGISTRATION_CHOICES",
        "TokenStatusEnum": "apps.drivers.models.TokenStatus",
        "AuthorizationStatusEnum": "apps.drivers.messages.AuthorizationStatus",
        "CommandStateEnum": "apps.stations.models.CommandState",
        "CertificateUseEnum": "apps.certificates.models.USES",
        "RootUseEnum": "apps.certificates.models.ROOT_USES",
        "SigningUseEnum": "apps.certificates.models.SIGNING_USES",
        "ProfilePurposeEnum": "apps.smartcharging.models.PURPOSE_CHOICES",
        "ProfileKindEnum": "apps.smartcharging.models.KIND_CHOICES",
        "ProfileStateEnum": "apps.smartcharging.models.ProfileState",
        "RateUnitEnum": "apps.smartcharging.models.UNIT_CHOICES",
        "RecurrencyEnum": "apps.smartcharging.models.RECURRENCY_CHOICES",
        "FirmwareStepEnum": "apps.stations.models.StepKind",
        "QuirkEnum": "apps.stations.models.quirks.QUIRKS",
        "TemplateScopeEnum": "apps.stations.models.TemplateScope",
        "LocalListStateEnum": "apps.drivers.models.LocalListState",
    },
}

LOG_FORMAT = env("LOG_FORMAT", default=logs.PLAIN)
if LOG_FORMAT not in (logs.PLAIN, logs.JSON):
    raise ImproperlyConfigured("LOG_FORMAT must be plain or json (docs/settings.md).")
logs.configure(LOG_FORMAT)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": logs.formatter(LOG_FORMAT)},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env("LOG_LEVEL", default="INFO")},
    "loggers": {
        "django.request": {"level": "ERROR"},
        "uvicorn.access": {"level": "WARNING"},
        "weasyprint": {"level": "WARNING"},
        "fontTools": {"level": "WARNING"},
    },
}
