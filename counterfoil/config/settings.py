"""The one settings file. Everything that differs between two shops comes from the environment or from `.env`.

Every variable is described in `.env.example`. Unset, they give the embedded shop: SQLite in the data folder, no
broker, mails written to files.
"""

import os
import secrets
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import environ
from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP

BASE_DIR = Path(__file__).resolve().parent.parent.parent
env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")
env.ENVIRON = {name: value for name, value in os.environ.items() if value.strip()}  # empty is unset


def _folder(path: Path) -> Path:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(f"{path} cannot be made: {error.strerror}. Look at COUNTERFOIL_DATA_DIR.") from error
    return path


DATA_DIR = _folder(Path(env.str("COUNTERFOIL_DATA_DIR", default=str(BASE_DIR / "var"))).resolve())
MAIL_DIR = DATA_DIR / "mail"


def _secret_key() -> str:
    """The key given, or one made once and kept in the data folder, readable by its owner only."""
    given = env.str("SECRET_KEY", default="")
    if given:
        if len(given) < 32 or given.startswith("change-me"):
            raise ImproperlyConfigured("SECRET_KEY is too short or the example's: use 32 random characters or more.")
        return given
    path = DATA_DIR / "secret-key"
    try:
        with path.open("x", encoding="ascii") as file:
            path.chmod(0o600)
            file.write(secrets.token_urlsafe(48))
    except FileExistsError:
        pass  # made by an earlier start; read below
    except OSError as error:
        raise ImproperlyConfigured(f"{path} cannot be made: {error.strerror}. Look at COUNTERFOIL_DATA_DIR.") from error
    return path.read_text(encoding="ascii").strip()


SECRET_KEY = _secret_key()
DEBUG = env.bool("DEBUG", default=False)
LOOPBACK = ["127.0.0.1", "localhost", "[::1]"]
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=LOOPBACK)
if DEBUG and not set(ALLOWED_HOSTS) <= {*LOOPBACK, "testserver"}:
    raise ImproperlyConfigured("DEBUG shows the inside of the shop: switch it off, or name no public ALLOWED_HOSTS.")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "counterfoil.audit",
    "counterfoil.people",
    "counterfoil.shop",
    "counterfoil.catalog",
    "counterfoil.customers",
    "counterfoil.till",
    "counterfoil.billing",
    "counterfoil.history",
    "counterfoil.delivery",
    "counterfoil.documents",
    "counterfoil.web",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "counterfoil.web.middleware.Sessions",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "counterfoil.web.middleware.SignedIn",
    "counterfoil.web.middleware.TheShop",
    "counterfoil.web.middleware.Messages",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "counterfoil.web.middleware.Htmx",
]
ROOT_URLCONF = "counterfoil.config.urls"
WSGI_APPLICATION = "counterfoil.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "counterfoil.web.context.page",
            ],
        },
    }
]


# ---- Database: SQLite in the data folder, or what DATABASE_URL names ----------------------------------------------

SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    # FULL, not NORMAL: an acknowledged sale survives a power cut.
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; "
    "PRAGMA cache_size=-4000; PRAGMA temp_store=MEMORY; PRAGMA wal_autocheckpoint=16000;",
}


def _database() -> dict[str, object]:
    given = env.str("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'counterfoil.sqlite3'}")
    like = "Write DATABASE_URL like postgres://user:password@127.0.0.1:5432/counterfoil."
    if given.partition("://")[0] not in ("sqlite", "postgres", "postgresql", "psql", "pgsql"):
        raise ImproperlyConfigured(like)
    try:
        config: dict[str, object] = env.db_url_config(given)
    except ValueError as error:  # such as a port that is no number
        raise ImproperlyConfigured(like) from error
    if config["ENGINE"] == "django.db.backends.sqlite3":
        return {**config, "OPTIONS": SQLITE_OPTIONS, "CONN_MAX_AGE": None}
    # psycopg must prepare nothing (None): at a rollback it would drop the sale's statements too (pipeline.py).
    options = {**dict(config.get("OPTIONS", {})), "prepare_threshold": None}  # type: ignore[call-overload]
    options.pop("pool", None)
    return {
        **config,
        "ENGINE": "counterfoil.postgresql",
        "OPTIONS": options,
        "CONN_MAX_AGE": 300,
        "CONN_HEALTH_CHECKS": True,
    }


DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"


# ---- Queue: none, or what CELERY_BROKER_URL names ------------------------------------------------------------------

CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default="")


# ---- Mail: files in the data folder, or a server --------------------------------------------------------------------


def _email_port() -> int:
    given = env.str("EMAIL_PORT", default="587" if env.bool("EMAIL_USE_TLS", default=False) else "25")
    if not (given.isdecimal() and 0 < int(given) < 65536):
        raise ImproperlyConfigured(f"EMAIL_PORT is {given}: write a number such as 587.")
    return int(given)


EMAIL_HOST_NAME = env.str("EMAIL_HOST", default="")
_MAIL_SERVER = {
    "host": EMAIL_HOST_NAME,
    "port": _email_port(),
    "username": env.str("EMAIL_HOST_USER", default=""),
    "password": env.str("EMAIL_HOST_PASSWORD", default=""),
    "use_tls": env.bool("EMAIL_USE_TLS", default=False),
    "timeout": 20,
}
MAILERS = {
    "default": (
        {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": _MAIL_SERVER}
        if EMAIL_HOST_NAME
        else {"BACKEND": "django.core.mail.backends.filebased.EmailBackend", "OPTIONS": {"file_path": str(MAIL_DIR)}}
    )
}
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="billing@localhost")


# ---- Language and time ---------------------------------------------------------------------------------------------

LANGUAGE_CODE = env.str("LANGUAGE_CODE", default="en")
USE_I18N = True
TIME_ZONE = env.str("TIME_ZONE", default="Asia/Kolkata")
try:
    ZoneInfo(TIME_ZONE)
except (KeyError, ValueError, OSError) as error:
    raise ImproperlyConfigured(
        f"TIME_ZONE is {TIME_ZONE}: write one of the IANA list, such as Asia/Kolkata."
    ) from error
USE_TZ = True
LOCALE_PATHS = [BASE_DIR / "counterfoil" / "web" / "locale"]


# ---- People and pages ------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "people.User"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 14 * 24 * 3600
CSRF_COOKIE_HTTPONLY = True
CSRF_USE_SESSIONS = False
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "manifest-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "frame-src": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
    "base-uri": [CSP.NONE],
}
# Behind a TLS proxy (TLS=1): cookies only over TLS, HSTS, and the proxy's word for the scheme.
if env.bool("TLS", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
CSRF_TRUSTED_ORIGINS = [
    f"https://{urlsplit('//' + host).hostname}" for host in ALLOWED_HOSTS if host not in ("*", *LOOPBACK)
]
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

STATIC_URL = "/static/"
STATIC_ROOT = _folder(DATA_DIR / "static")  # the files themselves come by finders; WhiteNoise wants it to be there
WHITENOISE_USE_FINDERS = True
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

TEST_RUNNER = "counterfoil.config.testrunner.PytestRunner"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="WARNING")},
}
