from datetime import date

import pytest

from enterprises.models import SystemDay
from enterprises.operations import systems
from enterprises.operations.systems import DayDraft
from shilian.problems import Rejected
from tests.builders.enterprises import AT, make_operator, owner_of
from tests.builders.numbers import make_system

pytestmark = pytest.mark.django_db


def test_a_day_sent_again_replaces_its_figures():
    operator = make_operator()
    owner = owner_of(operator)
    system = make_system(operator, since=date(2026, 11, 1))

    for accepted in (8, 10):
        systems.record_system_days(
            by=owner, system=system, days=[DayDraft(date(2026, 11, 2), 10, accepted)], at=AT
        )

    assert SystemDay.objects.get().accepted_count == 10


def test_refuses_more_accepted_than_sent():
    operator = make_operator()
    owner = owner_of(operator)
    system = make_system(operator, since=date(2026, 11, 1))

    with pytest.raises(Rejected) as refusal:
        systems.record_system_days(
            by=owner, system=system, days=[DayDraft(date(2026, 11, 2), 10, 11)], at=AT
        )

    assert refusal.value.codes == ["accepted_more_than_sent"]
    assert not SystemDay.objects.exists()


def test_uploads_of_one_day_add_up():
    system = make_system(make_operator(), since=date(2026, 11, 1))
    day = date(2026, 11, 2)

    systems.count_upload(
        system.pk, day, sent=10, accepted=8, late=1, errors={"unit_unknown": 2}, at=AT
    )
    systems.count_upload(
        system.pk, day, sent=5, accepted=3, duplicates=1,
        errors={"unit_unknown": 1, "name_missing": 1}, at=AT,
    )  # fmt: skip

    kept = SystemDay.objects.get()
    assert (kept.sent_count, kept.accepted_count) == (15, 11)
    assert (kept.late_count, kept.duplicate_count) == (1, 1)
    assert kept.errors == {"unit_unknown": 3, "name_missing": 1}
    assert kept.last_at == AT


def test_counting_an_upload_takes_one_query(django_assert_num_queries):
    system = make_system(make_operator(), since=date(2026, 11, 1))

    with django_assert_num_queries(1):
        systems.count_upload(system.pk, date(2026, 11, 2), sent=1, accepted=1, errors={}, at=AT)
