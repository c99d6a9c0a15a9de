"""What a password must be: longer for officers, nothing guessable for anybody."""

from __future__ import annotations

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError

from shilian.problems import Problem

LEAST = 8
LEAST_STAFF = 10
MOST = 128


def check_password(
    password: str, *, is_staff: bool, known: tuple[str, ...] = (), field: str = "password"
) -> list[Problem]:
    """Problems of a new password; ``known`` are things others know of the person.

    Source: GB/T 22239-2019 (identity of staff: complexity); OWASP ASVS 6.2 (operators: length and
    a list of common passwords, no composition rules).
    """
    least = LEAST_STAFF if is_staff else LEAST
    if len(password) < least:
        return [Problem("password_too_short", field, f"密码至少要{least}位，请加长。")]
    if len(password) > MOST:
        return [Problem("password_too_long", field, f"密码不能超过{MOST}位。")]
    if is_staff and (password.isdigit() or password.isalpha()):
        message = "工作人员的密码要同时有字母和数字。"
        return [Problem("password_too_plain", field, message)]
    if password.lower() in {word.lower() for word in known if word} or _is_common(password):
        message = "这个密码太容易被猜到，请换一个，不要用手机号或连续数字。"
        return [Problem("password_too_common", field, message)]
    return []


def _is_common(password: str) -> bool:
    if len(set(password)) <= 2 or password in "01234567890123456789":
        return True
    try:
        CommonPasswordValidator().validate(password)
    except ValidationError:
        return True
    return False
