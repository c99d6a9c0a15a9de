from datetime import timedelta

import pytest

from enterprises.actor import Forbidden, OutOfScope
from enterprises.models import ApiKey, AuditEntry, SelfBuiltSystem
from enterprises.operations import api_keys
from shilian import sealing
from shilian.problems import Rejected
from tests.builders.enterprises import AT, make_operator, owner_of
from tests.builders.systems import key_actor, make_system

pytestmark = pytest.mark.django_db


def test_a_secret_is_told_once_and_kept_sealed():
    system = make_system()

    issued = api_keys.issue_key(by=owner_of(system.operator), system=system, at=AT)

    key = ApiKey.objects.get()
    assert issued.secret.encode() not in bytes(key.sealed_secret)
    assert api_keys.secret_of(key) == issued.secret
    assert AuditEntry.objects.filter(event="api_key_issued").count() == 1
    assert issued.secret not in str(AuditEntry.objects.get().details)


def test_a_sealed_secret_moved_to_another_key_opens_nothing():
    system = make_system()
    owner = owner_of(system.operator)
    first = api_keys.issue_key(by=owner, system=system, at=AT)
    second = api_keys.issue_key(by=owner, system=system, at=AT)
    thief = ApiKey.objects.get(key_id=second.key_id)
    thief.sealed_secret = ApiKey.objects.get(key_id=first.key_id).sealed_secret

    with pytest.raises(sealing.Unsealable):
        api_keys.secret_of(thief)


def test_a_system_that_is_not_in_service_gets_no_key():
    system = make_system()
    SelfBuiltSystem.objects.update(state=SelfBuiltSystem.State.APPLIED)

    with pytest.raises(Rejected) as refusal:
        api_keys.issue_key(by=owner_of(system.operator), system=system, at=AT)

    assert refusal.value.codes == ["system_not_in_service"]
    assert not ApiKey.objects.exists()


@pytest.mark.parametrize("algorithm", ["hmac-md5", ""])
def test_an_unknown_algorithm_is_refused(algorithm):
    system = make_system()

    with pytest.raises(Rejected) as refusal:
        api_keys.issue_key(by=owner_of(system.operator), system=system, at=AT, algorithm=algorithm)

    assert refusal.value.codes == ["algorithm_unknown"]


def test_nobody_makes_keys_for_another_nor_a_key_for_itself():
    system = make_system()

    with pytest.raises(OutOfScope):
        api_keys.issue_key(by=owner_of(make_operator()), system=system, at=AT)
    with pytest.raises(Forbidden):
        api_keys.issue_key(by=key_actor(system), system=system, at=AT)

    assert not ApiKey.objects.exists()


def test_the_sixth_valid_key_is_refused():
    system = make_system()
    owner = owner_of(system.operator)
    for _ in range(api_keys.MOST_KEYS):
        api_keys.issue_key(by=owner, system=system, at=AT)

    with pytest.raises(Rejected) as refusal:
        api_keys.issue_key(by=owner, system=system, at=AT)

    assert refusal.value.codes == ["too_many_keys"]


def test_an_exchanged_key_goes_on_for_the_overlap_and_is_exchanged_once():
    system = make_system()
    owner = owner_of(system.operator)
    api_keys.issue_key(by=owner, system=system, at=AT)
    old = ApiKey.objects.get()

    new = api_keys.rotate_key(by=owner, key=old, at=AT)

    last = AT + api_keys.OVERLAP
    assert ApiKey.objects.valid(at=last - timedelta(seconds=1)).count() == 2
    assert ApiKey.objects.valid(at=last).get().key_id == new.key_id
    with pytest.raises(Rejected) as refusal:
        api_keys.rotate_key(by=owner, key=old, at=AT)
    assert refusal.value.codes == ["key_not_current"]
    assert ApiKey.objects.count() == 2


def test_a_revoked_key_is_over_at_once():
    system = make_system()
    owner = owner_of(system.operator)
    api_keys.issue_key(by=owner, system=system, at=AT)
    key = ApiKey.objects.get()

    api_keys.revoke_key(by=owner, key=key, at=AT, reason="密钥泄露")

    assert not ApiKey.objects.valid(at=AT).exists()
    assert AuditEntry.objects.get(event="api_key_revoked").reason == "密钥泄露"
    with pytest.raises(Rejected) as refusal:
        api_keys.revoke_key(by=owner, key=key, at=AT)
    assert refusal.value.codes == ["key_already_revoked"]


def test_a_system_that_ends_loses_every_key():
    system = make_system()
    owner = owner_of(system.operator)
    for _ in range(2):
        api_keys.issue_key(by=owner, system=system, at=AT)

    assert api_keys.revoke_keys_of(by=owner, system=system, at=AT) == 2
    assert not ApiKey.objects.valid(at=AT).exists()
