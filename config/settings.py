"""Settings, read top to bottom. Every environment value comes through `config.env`; `.env.example` lists them."""

import sys
from pathlib import Path

import structlog
from botocore.config import Config
from csp.constants import NONCE, NONE, SELF

from config import env

BASE_DIR = Path(__file__).resolve().parent.parent
TESTING = "pytest" in sys.modules

# --- Who and where -----------------------------------------------------------------------------
DEBUG = env.flag("DEBUG")
SECRET_KEY = env.text("SECRET_KEY")
# Newest first; the first writes, all read. Rotation: put a new key in front, run `manage.py reencrypt` later.
FIELD_ENCRYPTION_KEYS = env.words("FIELD_ENCRYPTION_KEYS", [SECRET_KEY])
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")
# What the outside world calls us: links in messages and the URLs Twilio signs are built from it.
PUBLIC_BASE_URL = env.text("PUBLIC_BASE_URL", "http://127.0.0.1:8000").rstrip("/")

# --- Apps --------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "config",
    "analytics",
    "assistant",
    "reminders",
    "groups",
    "waitlist",
    "scheduling",
    "availability",
    "messaging",
    "practice",
    "core",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_htmx",
    "template_partials",
    "csp",
    "axes",
    "phonenumber_field",
    "allauth",
    "allauth.account",
    "allauth.mfa",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "core.middleware.vary_by_htmx",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "core.middleware.IdleTimeoutMiddleware",
    "core.middleware.SignInForPartsMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",  # every page is closed unless marked
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "practice.middleware.ActorMiddleware",
    "practice.middleware.SecondFactorMiddleware",
    "practice.middleware.AdminZoneMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "axes.middleware.AxesMiddleware",  # last
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
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
                "csp.context_processors.nonce",
                "config.nav.nav",
                "messaging.views.banner.out_of_order",
            ],
            "builtins": ["core.templatetags.ui"],
        },
    }
]

# --- Data --------------------------------------------------------------------------------------
DATABASES = {"default": env.env.db("DATABASE_URL")}
DATABASES["default"] |= {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env.text("REDIS_URL")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "stillwater",
    }
}

# --- Sign-in -----------------------------------------------------------------------------------
AUTH_USER_MODEL = "practice.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",  # first: it refuses before any password is looked at
    "practice.accounts.StaffBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_MODEL_EMAIL_FIELD = "email"
ACCOUNT_EMAIL_VERIFICATION = "none"  # accounts are made by an admin, who vouches for the address
ACCOUNT_ADAPTER = "practice.accounts.ClosedSignup"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = False  # a shared desk must not stay signed in
ACCOUNT_PREVENT_ENUMERATION = True
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_ADAPTER = "practice.accounts.SealedFactors"
MFA_TOTP_ISSUER = "Stillwater"
MFA_REQUIRED_FOR_ADMINS = env.flag("MFA_REQUIRED_FOR_ADMINS", default=not DEBUG)
AXES_FAILURE_LIMIT = env.whole("SIGN_IN_FAILURES", default=6, least=1, most=50)
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_FORM_FIELD = "login"
AXES_USERNAME_CALLABLE = "practice.accounts.typed_email"
ACCOUNT_RATE_LIMITS = {"login_failed": None}  # axes counts failures, by email and address together
AXES_LOCKOUT_TEMPLATE = "account/lockout.html"
AXES_HTTP_RESPONSE_CODE = 429
AXES_RESET_ON_SUCCESS = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

# Sessions live in the cache; the last-act stamp is written by IdleTimeoutMiddleware, never by polls.
SESSION_ENGINE = "django.contrib.sessions.backends.cache"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not DEBUG
SESSION_COOKIE_HTTPONLY = True
IDLE_SECONDS = env.whole("IDLE_SECONDS", default=30 * 60, least=2)
IDLE_WARNING_SECONDS = 60

# --- Browser safety ----------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = not DEBUG and env.flag("SECURE_SSL_REDIRECT", default=True)
SECURE_HSTS_SECONDS = 0 if DEBUG else env.whole("SECURE_HSTS_SECONDS", default=31_536_000)
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not DEBUG
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.flag("BEHIND_TLS_PROXY") else None
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000

# --- Words and time ----------------------------------------------------------------------------
LANGUAGE_CODE = "en-us"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"  # truth is UTC; pages ask the practice's zone
CLOCK_MOVABLE = DEBUG or TESTING  # `core.clock` may be moved by the demo and by journeys
UNDO_SECONDS = env.whole("UNDO_SECONDS", default=60, most=600)
PHONENUMBER_DEFAULT_REGION = "US"
PHONENUMBER_DB_FORMAT = "E164"

# --- Static files ------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG or TESTING
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG or TESTING
WHITENOISE_AUTOREFRESH = DEBUG

# --- Work that happens later -------------------------------------------------------------------
CELERY_BROKER_URL = REDIS_URL
CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_TIME_LIMIT = 100  # below MESSAGE_LEASE_SECONDS: a task never outlives its lease
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600}
CELERY_TIMEZONE = "UTC"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

# --- Messages ----------------------------------------------------------------------------------
# Rehearsal: a carrier inside the app that speaks Twilio's HTTP interface; nothing leaves the machine.
REHEARSAL = env.flag("REHEARSAL", default=DEBUG)
REHEARSAL_IN_PRODUCTION = env.flag("REHEARSAL_IN_PRODUCTION")
TWILIO_ACCOUNT_SID = env.text("TWILIO_ACCOUNT_SID", "AC" + "0" * 32 if REHEARSAL else "")
TWILIO_AUTH_TOKEN = env.text("TWILIO_AUTH_TOKEN", "rehearsal-token" if REHEARSAL else "")
TWILIO_AUTH_TOKEN_OLD = env.text("TWILIO_AUTH_TOKEN_OLD", "")  # accepted on webhooks during a rotation
TWILIO_FROM_NUMBER = env.text("TWILIO_FROM_NUMBER", "+12025550100" if REHEARSAL else "")
TWILIO_VOICE_NUMBER = env.text("TWILIO_VOICE_NUMBER", "")  # without one nobody is called
TWILIO_API_BASE_URL = env.text(
    "TWILIO_API_BASE_URL",
    f"{PUBLIC_BASE_URL}/rehearsal/twilio" if REHEARSAL else "https://api.twilio.com",
).rstrip("/")
TWILIO_TIMEOUT_SECONDS = env.whole("TWILIO_TIMEOUT_SECONDS", default=30, least=1, most=60)
MESSAGE_LEASE_SECONDS = env.whole("MESSAGE_LEASE_SECONDS", default=120, least=2)
MESSAGE_GRACE_SECONDS = env.whole("MESSAGE_GRACE_SECONDS", default=300, least=1)
# An urgent task is told of again this often until somebody says they are on it.
ALARM_AGAIN_MINUTES = env.whole("ALARM_AGAIN_MINUTES", default=10, least=1, most=120)
MESSAGE_BREAKER_SECONDS = env.whole("MESSAGE_BREAKER_SECONDS", default=60, least=1)
MESSAGE_TICK_SECONDS = env.whole("MESSAGE_TICK_SECONDS", default=1, least=1, most=60)
MESSAGE_REAP_SECONDS = env.whole("MESSAGE_REAP_SECONDS", default=30, least=1, most=600)
MESSAGE_SENDERS = env.whole("MESSAGE_SENDERS", default=16, least=1, most=64)
EMAIL_BACKEND = env.text(
    "EMAIL_BACKEND",
    "messaging.rehearsal_mail.MailboxBackend" if REHEARSAL else "django.core.mail.backends.smtp.EmailBackend",
)
EMAIL_HOST = env.text("EMAIL_HOST", "localhost")
EMAIL_PORT = env.whole("EMAIL_PORT", default=25, least=1, most=65535)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = env.flag("EMAIL_USE_TLS")
EMAIL_TIMEOUT = 30
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "office@example.org")
# SES, when EMAIL_BACKEND is django_ses.SESBackend: credentials come from the usual AWS variables or the role.
AWS_SES_REGION_NAME = env.text("AWS_SES_REGION_NAME", "us-east-1")
AWS_SES_REGION_ENDPOINT_URL = env.text(
    "AWS_SES_REGION_ENDPOINT_URL", f"https://email.{AWS_SES_REGION_NAME}.amazonaws.com"
)
AWS_SES_CONFIGURATION_SET = env.text("AWS_SES_CONFIGURATION_SET", "") or None
AWS_SES_CONFIG = Config(
    connect_timeout=5, read_timeout=30, retries={"total_max_attempts": 1}
)  # one call, one mail
AWS_SES_AUTO_THROTTLE = None  # it would sleep inside the worker and count this process only
AWS_SES_USE_BLACKLIST = False  # it drops recipients without a word; our own suppressions are asked before
USE_SES_V2 = True
# Topics whose events we believe, with commas. Without one every AWS account could speak for SES.
AWS_SNS_EVENT_TRUSTED_TOPIC_ARNS = env.words("AWS_SNS_EVENT_TRUSTED_TOPIC_ARNS")

# --- Outside calendars -------------------------------------------------------------------------
# Hosts inside the practice's own network that may be asked for a calendar, as host or host:port; others must be public.
# In a rehearsal our own: the demo's calendar is a file of this site.
OUTSIDE_CALENDAR_HOSTS = env.words(
    "OUTSIDE_CALENDAR_HOSTS", [PUBLIC_BASE_URL.partition("//")[2]] if REHEARSAL else []
)

# --- Logs: JSON lines, no personal data --------------------------------------------------------
LOG_LEVEL = env.text("LOG_LEVEL", "INFO")
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso"),
        structlog.processors.format_exc_info,
        structlog.processors.JSONRenderer(),
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        "axes": {"level": "ERROR"},
        "twilio": {"level": "WARNING"},
        "django_ses": {"level": "WARNING"},
        "botocore": {"level": "WARNING"},
    },
}
if REHEARSAL and not DEBUG and not REHEARSAL_IN_PRODUCTION and not TESTING:
    raise RuntimeError("REHEARSAL=1 needs DEBUG=1, or REHEARSAL_IN_PRODUCTION=1 if you really mean it.")
