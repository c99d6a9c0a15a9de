"""Settings. Values come from the environment through ``shilian.env``; none is needed."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path
from typing import Any

from csp.constants import NONCE, NONE, SELF
from redis.backoff import NoBackoff
from redis.retry import Retry

from shilian import env
from shilian.embedded.layout import Layout
from shilian.secret_key import stored_key

# Places

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = env.folder(
    "SHILIAN_DATA_DIR", "var", base=BASE_DIR, meaning="数据目录：内置数据库、文件、日志、密钥"
)
LAYOUT = Layout(DATA_DIR)
FILES_DIR = DATA_DIR / "files"

# Address

SITE_DOMAIN = env.text("SHILIAN_SITE_DOMAIN", meaning="官方域名；印在二维码和页面上")
HOST = env.text("SHILIAN_HOST", "127.0.0.1", meaning="网页服务监听的地址")
PORT = env.number("PORT", 8000, least=1, most=65535, meaning="网页服务监听的端口")
HTTPS = env.flag("SHILIAN_HTTPS", False, meaning="网站经 HTTPS 访问：安全 Cookie、HSTS")
PROXY_COUNT = env.number(
    "SHILIAN_PROXY_COUNT", 0, least=0, most=5, meaning="前面有几层自己的反向代理"
)
SITE_ADDRESS = f"{'https' if HTTPS else 'http'}://{SITE_DOMAIN or f'127.0.0.1:{PORT}'}"
ALLOWED_HOSTS = env.words(
    "SHILIAN_ALLOWED_HOSTS",
    meaning="还接受哪些域名或地址，逗号分隔（官方域名和本机总是接受）",
) + ["localhost", "127.0.0.1", "[::1]", socket.gethostname()]
if SITE_DOMAIN:
    ALLOWED_HOSTS.append(SITE_DOMAIN.split(":")[0])
CSRF_TRUSTED_ORIGINS = [SITE_ADDRESS]

# Services

_database = env.database(
    "DATABASE_URL", meaning="PostgreSQL 18 地址（应用角色）；不填则用内置数据库"
)
_owner = env.database(
    "DATABASE_OWNER_URL", meaning="同一数据库的属主角色，只用于迁移和分区；不填则同上"
)
EMBEDDED_POSTGRES = not _database
_pool_size = env.number(
    "SHILIAN_DB_POOL_SIZE",
    0,
    least=0,
    most=200,
    meaning="每个进程的数据库连接池大小；0 为每个线程一个长连接",
)


def _connection(address: dict[str, str], role: str) -> dict[str, Any]:
    inside = {"NAME": "shilian", "USER": role, "HOST": str(LAYOUT.sockets)}
    return {
        "ENGINE": "django.db.backends.postgresql",
        **(address or inside),
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"connect_timeout": 5, "application_name": "shilian"},
    }


DATABASES: dict[str, dict[str, Any]] = {
    "default": _connection(_database, "shilian_app"),
    "owner": _connection(_owner or _database, "shilian_owner"),
}
if _pool_size:
    DATABASES["default"]["OPTIONS"]["pool"] = {"min_size": 1, "max_size": _pool_size, "timeout": 5}
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 60
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

_redis = env.redis("REDIS_URL", meaning="Redis 地址（须开启 AOF）；不填则用内置 Redis")
EMBEDDED_REDIS = not _redis
REDIS_URL = _redis or f"unix://{LAYOUT.redis_socket}?db=0"
CACHES = {
    "default": {
        "BACKEND": "shilian.cache.ForgivingRedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "shilian",
        "OPTIONS": {
            "socket_timeout": 2,
            "socket_connect_timeout": 2,
            "retry": Retry(NoBackoff(), 0),
        },
    }
}

# Secrets

DEBUG = env.flag("SHILIAN_DEBUG", False, meaning="开发模式：出错时显示细节，不可用于正式环境")
SECRET_KEY = env.text("SHILIAN_SECRET_KEY", meaning="签名密钥；用自备数据库时必填", secret=True)
if not SECRET_KEY and not EMBEDDED_POSTGRES:
    raise env.BadSetting(
        "SHILIAN_SECRET_KEY",
        "使用自备数据库（DATABASE_URL）时必须给出签名密钥。",
        "is required together with DATABASE_URL.",
    )
SECRET_KEY = SECRET_KEY or stored_key(DATA_DIR / "secret_key")
# A key of its own: the signing key may be renewed, the labels on the shelves may not.
CODE_KEY = (
    env.text(
        "SHILIAN_CODE_KEY",
        meaning="批次二维码的校验密钥；更换后已印出的码全部失效；不填则随签名密钥",
        secret=True,
    )
    or SECRET_KEY
)

# Applications

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "django_htmx",
    "csp",
    "shilian",
    "enterprises",
    "traceability",
    "supervision",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "enterprises.middleware.ActorMiddleware",
    "enterprises.sessions.SessionLimitsMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    # Inside the session's middleware, which may save the session after a page was read.
    "shilian.db.readonly.ReadOnlyGetMiddleware",
]
ROOT_URLCONF = "shilian.urls"
WSGI_APPLICATION = "shilian.wsgi.application"
# Callables that wrap the WSGI application, outermost first; an answer they give never reaches
# Django's middleware.
WSGI_WRAPPERS = ["traceability.public_cache.PublicCache", "shilian.web.drain.DrainedBody"]
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
                "enterprises.navigation.navigation",
            ],
        },
    }
]

# People

AUTH_USER_MODEL = "enterprises.Person"
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 8},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 14 * 24 * 3600

# Messages

SMS_SENDER = env.choice(
    "SHILIAN_SMS_SENDER",
    "demonstration" if EMBEDDED_POSTGRES else "none",
    of=("demonstration", "http", "none"),
    meaning="验证码怎么发：demonstration 显示在页面上（仅供演示）、http 短信网关、none 不发",
)
SMS_URL = env.text("SHILIAN_SMS_URL", meaning="短信网关地址（SHILIAN_SMS_SENDER=http 时必填）")
SMS_KEY = env.text("SHILIAN_SMS_KEY", meaning="短信网关的签名密钥", secret=True)
SMS_SIGNATURE = env.text("SHILIAN_SMS_SIGNATURE", "食链", meaning="短信签名")
if SMS_SENDER == "http" and not (SMS_URL.startswith(("http://", "https://")) and SMS_KEY):
    raise env.BadSetting(
        "SHILIAN_SMS_SENDER",
        "用短信网关时须同时给出 SHILIAN_SMS_URL 和 SHILIAN_SMS_KEY。",
        "needs SHILIAN_SMS_URL and SHILIAN_SMS_KEY.",
    )

# Language and time

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True

# Static files

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
_static = env.text("SHILIAN_STATIC_DIR", meaning="整理好的页面文件所在目录；不填则在数据目录下")
STATIC_ROOT = Path(_static) if _static else LAYOUT.static
# Hashed names need the files collected first; before that they are served as they lie.
_hashed = (STATIC_ROOT / "staticfiles.json").exists() or "collectstatic" in sys.argv
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(FILES_DIR)},
    },
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if _hashed
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not _hashed
WHITENOISE_AUTOREFRESH = DEBUG
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000

# Security

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
    }
}
_cookie = "__Host-" if HTTPS else ""
SESSION_COOKIE_NAME = f"{_cookie}shilian_session"
SESSION_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = f"{_cookie}shilian_csrf"
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "shilian.web.errors.csrf_failure"
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PROXY_COUNT else None
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# Programming interface

REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "食链接口",
    "VERSION": "v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "OAS_VERSION": "3.1.0",
    "DESCRIPTION": "企业自建系统通过签名的请求上传追溯记录。说明与例子见 /api/。",
    "POSTPROCESSING_HOOKS": ["traceability.api.documentation.complete"],
}

# Processes

WEB_WORKERS = env.number(
    "SHILIAN_WEB_WORKERS", 0, least=0, most=64, meaning="网页进程数；0 为按处理器数自动决定"
) or max(1, min(4, (os.cpu_count() or 2) // 2))
WEB_THREADS = env.number("SHILIAN_WEB_THREADS", 3, least=1, most=32, meaning="每个网页进程的线程数")
JOB_WORKERS = env.number("SHILIAN_JOB_WORKERS", 2, least=1, most=64, meaning="后台任务进程数")
# Loaders that a start runs when their data files changed, in this order; each app brings its own.
REFERENCE_COMMANDS = ["load_divisions", "load_catalogue", "load_parameters"]
DEMO_COMMAND = "load_demonstration"
LOAD_DEMO = env.flag("SHILIAN_DEMO", True, meaning="内置数据库首次启动时装入演示省份")

# Logs

LOG_LEVEL = env.choice(
    "SHILIAN_LOG_LEVEL",
    "INFO",
    of=("DEBUG", "INFO", "WARNING", "ERROR"),
    meaning="日志详细程度",
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        name: {"level": LOG_LEVEL}
        for name in ("shilian", "enterprises", "traceability", "supervision")
    },
}
