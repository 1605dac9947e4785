"""The one settings module; everything a place may differ in comes from the environment.

| variable | meaning | when absent |
| --- | --- | --- |
| DATABASE_URL | app role's database, postgresql://role:password@host:port/name | the embedded server below var/ |
| DATABASE_OWNER_URL | the same database as its owner (migrations, grants) | DATABASE_URL |
| BROKER_URL | redis://… or redis+socket:///path | the embedded Valkey |
| SECRET_KEY | signing key | var/keys/secret_key, embedded only |
| PUBLIC_BASE_URL | where people reach the portal, no trailing slash | http://127.0.0.1:8000 |
| DEBUG | 1 shows tracebacks and /dev/ pages, allows seed_demo | off |
| FOREIGNWORK_VAR | data, logs and local keys | <checkout>/var |
| FOREIGNWORK_BUFFERS | memory of the embedded database for pages (PostgreSQL's shared_buffers) | 64MB |
| FOREIGNWORK_DURABLE | no: a command's embedded database may be lost by a power cut (a volume that is being filled) | yes |
| FOREIGNWORK_KEYS | master key file, outside the data folder | <var>/keys/master.json |
| FOREIGNWORK_SEAL_PASSPHRASE | opens the offices' seals (PKCS#12) beside the key file | empty |
| FOREIGNWORK_BLOBS | uploaded files and printed notices, sealed | <var>/data/blobs |
| TRUSTED_PROXIES | number of reverse proxies in front | 0 |
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import bootstrap_wrapper
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _
from kombu import Queue

from foreignwork.local.places import Home, embedded
from foreignwork.timetable import TIMETABLE

BASE_DIR = Path(__file__).resolve().parent.parent
HOME = Home.at()
VAR = HOME.var
EMBEDDED = embedded()


def flag(name: str) -> bool:
    return os.environ.get(name, "").lower() in {"1", "true", "yes", "on"}


def required(name: str, at_home: str) -> str:
    """The variable; at home (embedded servers) the local value; elsewhere its absence is an error."""
    if value := os.environ.get(name):
        return value
    if EMBEDDED:
        return at_home
    raise ImproperlyConfigured(f"{name} must be set when DATABASE_URL is.")


def database(url: str, *, limits: dict[str, str]) -> dict[str, Any]:
    """A DATABASES entry from a postgresql:// URL; `?host=/folder` names a unix socket. `limits`: server settings."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured(
            "DATABASE_URL must begin with postgresql:// (there is no other dialect here)."
        )
    query = dict(parse_qsl(parts.query))
    options = " ".join(f"-c {name}={value}" for name, value in limits.items())
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", None) or unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "ATOMIC_REQUESTS": False,
        "OPTIONS": {**query, "options": options},
    }


# --- What this place is ----------------------------------------------------------------------------------------------
DEBUG = flag("DEBUG")
SECRET_KEY = os.environ.get("SECRET_KEY") or (
    HOME.secret("secret_key") if EMBEDDED else required("SECRET_KEY", "")
)
PUBLIC_BASE_URL = os.environ.get("PUBLIC_BASE_URL", "http://127.0.0.1:8000").rstrip("/")
_public = urlsplit(PUBLIC_BASE_URL)
ALLOWED_HOSTS = [_public.hostname or "localhost", "localhost", "127.0.0.1"]  # the last two for health checks
CSRF_TRUSTED_ORIGINS = [f"{_public.scheme}://{_public.netloc}"]

# Sensitive facts are sealed under the key in FOREIGNWORK_KEYS; a copy of the data folder alone opens nothing.
DATA_DIR = VAR / "data"
BLOB_DIR = Path(os.environ.get("FOREIGNWORK_BLOBS") or DATA_DIR / "blobs")
KEY_FILE = Path(os.environ.get("FOREIGNWORK_KEYS") or HOME.keys / "master.json")
# The offices' seals lie in seals/<office code>.p12 beside the key file; this opens them.
SEAL_PASSPHRASE = os.environ.get("FOREIGNWORK_SEAL_PASSPHRASE", "")

CALENDAR_DIR = os.environ.get(
    "FOREIGNWORK_CALENDAR", ""
)  # imported years, over those that come with the house
# --- Servers ---------------------------------------------------------------------------------------------------------
DATABASE_URL = os.environ.get("DATABASE_URL") or HOME.database_url("fw_app")
DATABASE_OWNER_URL = os.environ.get("DATABASE_OWNER_URL") or (
    HOME.database_url("fw_owner") if EMBEDDED else DATABASE_URL
)
BROKER_URL = required("BROKER_URL", HOME.broker_url)
DATABASES = {
    # A request never needs these times; they keep one bad query or one forgotten lock from stopping the house.
    "default": database(
        DATABASE_URL,
        limits={
            "statement_timeout": "30s",
            "lock_timeout": "10s",
            "idle_in_transaction_session_timeout": "60s",
            "jit": "off",  # what a request asks is over sooner than it could be compiled
        },
    ),
    "owner": database(DATABASE_OWNER_URL, limits={"lock_timeout": "10s"}),
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Attempts at signing in and used one-time codes. In PostgreSQL: known to every worker, and there while the broker is not
# (quality A7). Beyond MAX_ENTRIES the oldest would be let go, and with them what they count; a task takes away what ran out.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "accounts_attempt",
        "OPTIONS": {"MAX_ENTRIES": 200_000},
        "KEY_PREFIX": "fw",
    }
}

# --- Applications ----------------------------------------------------------------------------------------------------
MATTERS = ["permits", "residence", "socialsec", "titles", "supervision", "credit", "tax"]
INSTALLED_APPS = [
    "whitenoise.runserver_nostatic",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django.forms",
    "simple_history",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "csp",
    "foreignwork",
    "foreignwork.vault",
    "foreignwork.outbox",
    "foreignwork.accounts",
    "foreignwork.policies",
    "foreignwork.dossiers",
    "foreignwork.cases",
    "foreignwork.deadlines",
    "foreignwork.notices",
    "foreignwork.appointments",
    "foreignwork.workflow",
    "foreignwork.rulebook",
    "foreignwork.portal",
    "foreignwork.desk",
    "foreignwork.demo",
    *MATTERS,
]
AUTH_USER_MODEL = "accounts.User"
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "foreignwork.frontdoor.PlausibleSession",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "foreignwork.signin.middleware.SessionGuard",
    "allauth.account.middleware.AccountMiddleware",
    "axes.middleware.AxesMiddleware",
]
if DEBUG:
    MIDDLEWARE.append("foreignwork.frontdoor.OwnNotFound")
ROOT_URLCONF = "foreignwork.urls"
WSGI_APPLICATION = "foreignwork.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.debug",
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "foreignwork.look.page.house",
            ],
        },
    }
]
FORM_RENDERER = "foreignwork.look.forms.HouseRenderer"

# --- Language and time -----------------------------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("简体中文")), ("en", _("英语"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

# --- Static files and uploads ----------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
STATICFILES_DIRS = [
    BASE_DIR / "static",
    # Bootstrap comes as a package: no build step, no third-party host, nothing vendored.
    ("bootstrap/css", Path(bootstrap_wrapper.__file__).parent.parent / "bootstrap" / "css"),
]
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": VAR / "unused"},
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG
UPLOAD_LIMIT = 10 * 1024 * 1024  # bytes, one file
UPLOAD_PAGES = 60  # pages, one PDF
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024  # the fields of a form, without its files
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500
DATA_UPLOAD_MAX_NUMBER_FILES = 30
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_TEMP_DIR = None

# --- Signing in ------------------------------------------------------------------------------------------------------
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in (
        ("UserAttributeSimilarityValidator", {}),
        ("MinimumLengthValidator", {"min_length": 10}),
        ("CommonPasswordValidator", {}),
        ("NumericPasswordValidator", {}),
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_ADAPTER = "foreignwork.signin.adapters.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "foreignwork.signin.forms.SignInForm",
    "reauthenticate": "foreignwork.signin.forms.PasswordForm",
    "change_password": "foreignwork.signin.forms.NewPasswordForm",
}
# axes counts wrong passwords by name and address, in PostgreSQL; these catch one name tried from many addresses.
ACCOUNT_RATE_LIMITS = {"login": "60/m/ip", "login_failed": "30/m/ip,20/15m/key"}
ALLAUTH_TRUSTED_PROXY_COUNT = int(os.environ.get("TRUSTED_PROXIES", "0"))
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_ADAPTER = "foreignwork.signin.adapters.SecondFactorAdapter"
MFA_FORMS = {
    "authenticate": "foreignwork.signin.forms.SecondFactorForm",
    "reauthenticate": "foreignwork.signin.forms.SecondFactorAgainForm",
    "activate_totp": "foreignwork.signin.forms.SetUpForm",
}
MFA_TOTP_TOLERANCE = 1
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 8 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_FORM_FIELD = "login"
AXES_USERNAME_CALLABLE = "foreignwork.signin.views.name_tried"
AXES_RESET_ON_SUCCESS = True
# The wait is the wait: trying again while it lasts does not make it longer.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_LOCKOUT_CALLABLE = "foreignwork.signin.views.locked"
AXES_IPWARE_PROXY_COUNT = ALLAUTH_TRUSTED_PROXY_COUNT
AXES_IPWARE_META_PRECEDENCE_ORDER = (
    ["HTTP_X_FORWARDED_FOR", "REMOTE_ADDR"] if AXES_IPWARE_PROXY_COUNT else ["REMOTE_ADDR"]
)
AXES_ENABLE_ACCESS_FAILURE_LOG = False
AXES_VERBOSE = False

# --- Browser security ------------------------------------------------------------------------------------------------
_https = _public.scheme == "https"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = _https
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
SECURE_SSL_REDIRECT = _https
SECURE_HSTS_SECONDS = 31536000 if _https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = _https
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if AXES_IPWARE_PROXY_COUNT else None
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$"]
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}

# --- Background work -------------------------------------------------------------------------------------------------
CELERY_BROKER_URL = BROKER_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = CELERY_RESULT_SERIALIZER = CELERY_EVENT_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_SOFT_TIME_LIMIT = 120
CELERY_TASK_TIME_LIMIT = 180
# A task that runs longer than this is handed out a second time, so no task may (foreignwork.checks).
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 600}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_MAX_TASKS_PER_CHILD = 500
CELERY_TIMEZONE = TIME_ZONE
CELERY_TASK_QUEUES = [Queue("celery")]
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR / "beat-schedule")
CELERY_BEAT_SCHEDULE = {
    **TIMETABLE,
    "registers": {
        "task": "supervision.tasks.refresh_registers",
        "schedule": 600.0,
        "options": {"expires": 600},
    },
    "credit": {"task": "credit.tasks.file_outcomes", "schedule": 3600.0},
    "leads": {"task": "supervision.tasks.look_for_leads", "schedule": 21600.0},
    "publications": {"task": "supervision.tasks.end_publications", "schedule": 3600.0},
}

# --- Logs: one JSON object a line; ids only, no request bodies, no query strings -------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "foreignwork.logs.JsonFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "foreignwork": {"level": "INFO"},
        "django": {"level": "WARNING"},
        "celery": {"level": "WARNING"},
        "celery.beat": {"level": "WARNING"},
        # Both name the person who failed to sign in.
        "axes": {"level": "ERROR"},
        "fontTools": {"level": "ERROR"},
        "weasyprint": {"level": "ERROR"},
    },
}
