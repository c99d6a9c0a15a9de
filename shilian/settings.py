"""Settings; values come from the environment."""

SECRET_KEY = "tests-only"
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
LANGUAGE_CODE = "zh-hans"
INSTALLED_APPS: list[str] = []
