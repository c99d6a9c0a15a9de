"""Silence, clients of channels and trials: what each leaves in the register."""

from datetime import date, timedelta

import pytest

from enterprises.actor import Actor, Forbidden, OutOfScope, actor_for, platform_actor
from enterprises.models import (
    Operator,
    SandboxTrial,
    SelfBuiltSystem,
    SystemAlert,
    SystemClient,
    SystemKind,
)
from enterprises.operations import system_alerts, system_clients, systems, trials
from enterprises.operations.trials import Verdict
from enterprises.queries import systems as queries
from enterprises.roles import Role
from shilian.clock import start_of
from shilian.problems import Rejected
from tests.builders import enterprises as build
from tests.builders.enterprises import AT, make_operator, owner_of
from tests.builders.numbers import make_system

pytestmark = pytest.mark.django_db
SINCE = date(2026, 11, 2)


def watch(day: date) -> list[SystemAlert]:
    return system_alerts.watch_silence(by=platform_actor(), at=start_of(day) + timedelta(hours=7))


def make_channel(operator: Operator) -> SelfBuiltSystem:
    system = make_system(operator, since=SINCE)
    system.kind = SystemKind.MARKET
    system.save()
    return system


def upload(system: SelfBuiltSystem, day: date) -> None:
    systems.count_upload(system.pk, day, sent=3, accepted=3, errors={}, at=AT)


def test_three_missed_due_days_raise_one_alert():
    make_system(make_operator(), since=SINCE)

    early = watch(SINCE + timedelta(days=2))
    opened = watch(SINCE + timedelta(days=3))
    again = watch(SINCE + timedelta(days=4))

    assert (early, len(opened), again) == ([], 1, [])
    alert = SystemAlert.objects.get()
    assert (alert.silent_since, alert.missed_days) == (SINCE, 4)


def test_the_first_data_close_the_alert():
    system = make_system(make_operator(), since=SINCE)
    watch(SINCE + timedelta(days=3))

    upload(system, SINCE + timedelta(days=3))

    assert SystemAlert.objects.get().closed_at == AT
    assert watch(SINCE + timedelta(days=4)) == []


def test_an_upload_of_nothing_ends_no_silence():
    system = make_system(make_operator(), since=SINCE)
    watch(SINCE + timedelta(days=3))

    systems.count_upload(system.pk, SINCE + timedelta(days=3), sent=0, accepted=0, errors={}, at=AT)

    assert SystemAlert.objects.get().closed_at is None


@pytest.mark.parametrize(
    "came",
    [
        # All refused; all there before; a list of goods, which is not what is owed.
        {"sent": 3, "accepted": 0},
        {"sent": 3, "accepted": 3, "duplicates": 3},
        {"sent": 3, "accepted": 3, "is_due": False},
    ],
)
def test_what_is_not_owed_ends_no_silence(came):
    system = make_system(make_operator(), since=SINCE)
    watch(SINCE + timedelta(days=3))

    systems.count_upload(system.pk, SINCE + timedelta(days=3), errors={}, at=AT, **came)

    watch(SINCE + timedelta(days=5))
    alert = SystemAlert.objects.get()
    assert (alert.closed_at, alert.missed_days) == (None, 5)


@pytest.mark.parametrize(
    ("registered", "kind", "is_due"),
    [
        (["purchases", "products"], "purchases", True),
        (["purchases", "products"], "products", False),
        (["purchases"], "sales", False),
        (["products", "partners"], "products", True),
    ],
)
def test_records_are_owed_and_lists_only_where_there_is_nothing_else(registered, kind, is_due):
    assert systems.is_due(SelfBuiltSystem(record_kinds=registered), kind) is is_due


def test_new_due_days_may_end_a_silence():
    system = make_system(make_operator(), since=SINCE)
    watch(SINCE + timedelta(days=3))
    SelfBuiltSystem.objects.filter(pk=system.pk).update(due_weekdays=0b1000000)

    watch(SINCE + timedelta(days=4))

    assert SystemAlert.objects.get().closed_at is not None


def test_watching_takes_few_queries(django_assert_max_num_queries):
    for _ in range(5):
        make_system(make_operator(), since=SINCE)

    with django_assert_max_num_queries(7):
        assert len(watch(SINCE + timedelta(days=5))) == 5


def test_a_channel_uploads_only_for_those_who_agree():
    market, stall = make_operator(), make_operator()
    channel = make_channel(market)

    [client] = system_clients.claim_clients(
        by=owner_of(market), system=channel, credit_codes=[f" {stall.credit_code} "], at=AT
    )
    before = client.state
    system_clients.decide_claim(by=owner_of(stall), client=client, agrees=True, at=AT)

    assert before == SystemClient.State.CLAIMED
    assert SystemClient.objects.confirmed().get().operator == stall


def test_the_channel_cannot_agree_for_a_shop():
    market, stall = make_operator(), make_operator()
    [client] = system_clients.claim_clients(
        by=owner_of(market), system=make_channel(market),
        credit_codes=[stall.credit_code], at=AT,
    )  # fmt: skip

    with pytest.raises(OutOfScope):
        system_clients.decide_claim(by=owner_of(market), client=client, agrees=True, at=AT)

    assert not SystemClient.objects.confirmed().exists()


def helping_owner(operator: Operator) -> Actor:
    """Who owns another shop, acts for that one now, and is a clerk in this one."""
    person = build.make_person()
    build.give_role(person, Role.OWNER, operator=make_operator())
    build.give_role(person, Role.CLERK, operator=operator)
    return actor_for(person)


@pytest.mark.parametrize("state", [SystemClient.State.CLAIMED, SystemClient.State.CONFIRMED])
@pytest.mark.parametrize("side", ["stall", "market"])
def test_rights_of_ones_own_shop_are_none_where_one_is_a_clerk(side, state):
    shops = {"market": make_operator(), "stall": make_operator()}
    client = SystemClient.objects.create(
        system=make_channel(shops["market"]), operator=shops["stall"], claimed_at=AT, state=state
    )
    by = helping_owner(shops[side])

    with pytest.raises(OutOfScope):
        queries.find_claim(by, client.pk)
    with pytest.raises(OutOfScope):
        system_clients.decide_claim(by=by, client=client, agrees=True, at=AT)
    with pytest.raises(OutOfScope):
        system_clients.end_client(by=by, client=client, at=AT)

    client.refresh_from_db()
    assert (client.state, client.decided_at) == (state, None)


def test_nor_does_one_claim_for_a_channel_where_one_is_a_clerk():
    market, stall = make_operator(), make_operator()

    with pytest.raises(OutOfScope):
        system_clients.claim_clients(
            by=helping_owner(market), system=make_channel(market),
            credit_codes=[stall.credit_code], at=AT,
        )  # fmt: skip

    assert not SystemClient.objects.exists()


def test_a_decided_claim_is_not_decided_again():
    market, stall = make_operator(), make_operator()
    [client] = system_clients.claim_clients(
        by=owner_of(market), system=make_channel(market),
        credit_codes=[stall.credit_code], at=AT,
    )  # fmt: skip
    system_clients.decide_claim(by=owner_of(stall), client=client, agrees=False, at=AT)

    with pytest.raises(Rejected) as refusal:
        system_clients.decide_claim(by=owner_of(stall), client=client, agrees=True, at=AT)

    assert refusal.value.codes == ["claim_decided"]


@pytest.mark.parametrize("ender", ["stall", "market"])
def test_either_side_ends_it_and_it_may_be_asked_again(ender):
    shops = {"market": make_operator(), "stall": make_operator()}
    channel = make_channel(shops["market"])
    codes = [shops["stall"].credit_code]
    by = owner_of(shops["market"])
    [client] = system_clients.claim_clients(by=by, system=channel, credit_codes=codes, at=AT)

    system_clients.end_client(by=owner_of(shops[ender]), client=client, at=AT)
    [again] = system_clients.claim_clients(by=by, system=channel, credit_codes=codes, at=AT)

    assert (again.pk, again.state) == (client.pk, SystemClient.State.CLAIMED)


def test_an_unknown_code_is_told_by_its_line_and_nobody_is_claimed():
    market, stall = make_operator(), make_operator()
    codes = [stall.credit_code, "91370102MA0000000X"]

    with pytest.raises(Rejected) as refusal:
        system_clients.claim_clients(
            by=owner_of(market), system=make_channel(market), credit_codes=codes, at=AT
        )

    assert [(p.code, p.row) for p in refusal.value.problems] == [("operator_unknown", 2)]
    assert not SystemClient.objects.exists()


def test_an_own_system_uploads_for_nobody_else():
    operator, stall = make_operator(), make_operator()

    with pytest.raises(Rejected) as refusal:
        system_clients.claim_clients(
            by=owner_of(operator), system=make_system(operator, since=SINCE),
            credit_codes=[stall.credit_code], at=AT,
        )  # fmt: skip

    assert refusal.value.codes == ["not_a_channel"]


def test_a_clerk_claims_nobody():
    market = make_operator()
    person = build.make_person()
    build.give_role(person, build.Role.CLERK, operator=market)

    with pytest.raises(Forbidden):
        system_clients.claim_clients(
            by=build.actor_for(person), system=make_channel(market), credit_codes=["X"], at=AT
        )


def test_a_trial_keeps_its_verdict_and_a_bounded_list_of_problems():
    operator = make_operator()
    problems = [{"row": row, "code": "name_missing", "message": "请填写。"} for row in range(300)]
    verdict = Verdict("purchases", 300, 0, errors={"name_missing": 300}, problems=problems)

    trials.keep_trial(
        by=owner_of(operator), operator=operator, system=None, door="file", verdict=verdict, at=AT
    )

    trial = SandboxTrial.objects.get()
    assert (trial.sent_count, trial.good_count, len(trial.problems)) == (300, 0, 200)
    assert trial.errors == {"name_missing": 300}
