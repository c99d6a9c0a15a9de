"""Sign in: every guess is counted before the password is hashed, and no victim is locked out."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.hashers import make_password

from enterprises.actor import Actor, actor_for
from enterprises.models import Membership, Person
from enterprises.operations import audit, rate_limits
from enterprises.roles import Role
from enterprises.rules.credit_codes import CODE_FORM
from enterprises.rules.phones import tidy_phone
from shilian.problems import Problem, Rejected
from shilian.text import normalise

# From one address at one account: five guesses, then one in five minutes.
AT_ADDRESS = rate_limits.Limit("login", capacity=5, seconds=300)
# From one address at any account: a shared gateway may hold a whole market.
FROM_ADDRESS = rate_limits.Limit("login-address", capacity=40, seconds=6)
# At one account from all the devices that never signed in to it: some ninety guesses a day.
FROM_STRANGERS = rate_limits.Limit("login-strangers", capacity=20, seconds=1200)
# The owner's own device has a bucket of its own, so strangers cannot exhaust it.
ON_DEVICE = rate_limits.Limit("login-device", capacity=10, seconds=60)
WRONG = "登录名或密码不对，请检查后再试；忘记密码可以用手机验证码重设。"
TOO_MANY = "尝试次数太多，请过几分钟再试；也可以用手机验证码重设密码。"


def tidy_login(text: str) -> str:
    """A login as accounts spell it: a phone number without blanks, a name in its own letters."""
    return tidy_phone(normalise(text))


def sign_in(*, login: str, password: str, by: Actor, device: str = "", at: datetime) -> Person:
    """The person whom login and password belong to.

    ``by`` is the stranger at the door, with the address; ``device`` names a device that signed in
    to this very account before, empty otherwise.
    Raises: Rejected with one text for an unknown login, a wrong password and a closed account;
    TooMany. The answer takes as long for an unknown login as for a known one.
    """
    login = tidy_login(login)
    taken = _take(login, by.address, device, at)
    person = _find(login)
    if person is None:
        make_password(password)
    if person is None or not person.check_password(password) or not person.is_active:
        audit.append(
            by=by, at=at, event="sign_in_refused", subject="Person",
            subject_id=person.pk if person else None,
        )  # fmt: skip
        raise Rejected([Problem("sign_in_refused", "", WRONG)])
    for limit, about in taken:
        rate_limits.give_back(limit, *about)
    actor = actor_for(person, address=by.address, request_id=by.request_id)
    audit.append(by=actor, at=at, event="signed_in", subject="Person", subject_id=person.pk)
    return person


def _find(login: str) -> Person | None:
    """By the login, or by the credit code of the one operator the person owns."""
    person = Person.objects.filter(login=login).first()
    code = login.upper()
    owners = Membership.objects.current().filter(
        role=Role.OWNER, operator__credit_code=code if CODE_FORM.match(code) else ""
    )
    first = owners.select_related("person").order_by("id").first()
    return person or (first.person if first else None)


def _take(
    login: str, address: str, device: str, at: datetime
) -> list[tuple[rate_limits.Limit, tuple[str, ...]]]:
    """Take a token from every bucket of the attempt; which ones, to give back.

    Raises: TooMany.
    """
    wanted: list[tuple[rate_limits.Limit, tuple[str, ...]]] = [(FROM_ADDRESS, (address,))]
    if device:
        wanted.append((ON_DEVICE, (login, device)))
    else:
        wanted += [(AT_ADDRESS, (login, address)), (FROM_STRANGERS, (login,))]
    for limit, about in wanted:
        rate_limits.require(limit, *about, at=at, message=TOO_MANY)
    return wanted


def sign_out(*, by: Actor, at: datetime) -> None:
    """Write down that the person left."""
    audit.append(by=by, at=at, event="signed_out", subject="Person", subject_id=by.person_id)
