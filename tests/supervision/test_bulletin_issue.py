"""A bulletin's way from draft to issue: comments, wording, review by a second person, number."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from enterprises.actor import Actor, Forbidden, OutOfScope, platform_actor
from enterprises.models import AuditEntry
from enterprises.roles import Role
from shilian import clock
from shilian.problems import Rejected
from supervision.models import Bulletin, BulletinComment
from supervision.operations import bulletin_issue as issue
from supervision.operations import bulletins
from tests.builders.enterprises import make_city, make_county, make_province, officer_of
from tests.builders.numbers import noon

pytestmark = pytest.mark.django_db
MONTH = date(2026, 10, 1)
OPENS = clock.start_of(date(2026, 11, 3))
FOURTH, FIFTH = noon(date(2026, 11, 4)), noon(date(2026, 11, 5))
NUMBER = "鲁食链通报〔2026〕11号"
LAST = date(2026, 11, 4)
State = Bulletin.State


def member() -> Actor:
    """A member of the task force, another one each time."""
    return officer_of(make_province(), Role.TASK_FORCE)


def drafted(by: Actor | None = None) -> Bulletin:
    return bulletins.draft_bulletin(by=by or platform_actor(), month=MONTH, at=OPENS)


def commenting() -> Bulletin:
    return issue.ask_for_comments(by=member(), bulletin=drafted(), until=LAST, at=OPENS)


def reviewed() -> Bulletin:
    return issue.review_bulletin(by=member(), bulletin=drafted(), at=FOURTH)


def published() -> Bulletin:
    return issue.publish_bulletin(
        by=member(), bulletin=reviewed(), number=NUMBER, issued_on=date(2026, 11, 5), at=FIFTH
    )


def refused(call: Callable[[], object], bulletin: Bulletin) -> list[str]:
    """The codes of the refusal, after which nothing of the bulletin has changed."""
    before = Bulletin.objects.filter(pk=bulletin.pk).values().get()
    with pytest.raises(Rejected) as refusal:
        call()
    assert Bulletin.objects.filter(pk=bulletin.pk).values().get() == before
    return refusal.value.codes


def test_goes_from_draft_over_comments_and_review_to_its_issue() -> None:
    bulletin = commenting()
    city = officer_of(make_city(), Role.CITY_OFFICER)
    said = issue.comment_on_bulletin(by=city, bulletin=bulletin, text="第三段有误", at=FOURTH)
    issue.answer_comment(by=member(), comment=said, is_adopted=True, answer="", at=FOURTH)
    issue.review_bulletin(by=member(), bulletin=bulletin, at=FOURTH)

    done = issue.publish_bulletin(
        by=member(), bulletin=bulletin, number=NUMBER, issued_on=date(2026, 11, 5), at=FIFTH
    )

    assert (done.state, done.number, done.is_draft) == (State.PUBLISHED, NUMBER, False)
    assert said.office == "济南市"
    assert set(AuditEntry.objects.filter(event__startswith="bulletin").values_list("event", flat=True)) == {
        "bulletin_drafted", "bulletin_comments_asked", "bulletin_commented",
        "bulletin_comment_answered", "bulletin_reviewed", "bulletin_published",
    }  # fmt: skip


def test_nobody_reviews_the_own_draft() -> None:
    drafter = member()
    bulletin = drafted(drafter)

    codes = refused(
        lambda: issue.review_bulletin(by=drafter, bulletin=bulletin, at=FOURTH), bulletin
    )

    assert codes == ["reviewer_is_drafter"]


def test_nobody_reviews_the_own_wording_and_the_platform_reviews_nothing() -> None:
    editor, bulletin = member(), drafted()
    issue.reword_bulletin(
        by=editor, bulletin=bulletin, problems="", requirements="抓紧整改。", at=FOURTH
    )

    for by in (editor, platform_actor()):
        codes = refused(
            lambda by=by: issue.review_bulletin(by=by, bulletin=bulletin, at=FOURTH), bulletin
        )
        assert codes == ["reviewer_is_drafter"]


def test_is_not_issued_without_a_review() -> None:
    bulletin = drafted()

    codes = refused(
        lambda: issue.publish_bulletin(
            by=member(), bulletin=bulletin, number=NUMBER, issued_on=date(2026, 11, 5), at=FIFTH
        ),
        bulletin,
    )

    assert codes == ["bulletin_not_reviewed"]


@pytest.mark.parametrize(
    ("said", "codes"),
    [
        ({"number": ""}, ["number_missing"]),
        ({"number": "鲁食链通报〔2026〕第11号"}, ["number_malformed"]),
        ({"issued_on": None}, ["issue_day_missing"]),
        ({"issued_on": date(2026, 11, 6)}, ["issue_day_in_future"]),
    ],
)
def test_is_not_issued_with_a_wrong_number_or_day(said: dict[str, Any], codes: list[str]) -> None:
    bulletin = reviewed()
    facts = {"number": NUMBER, "issued_on": date(2026, 11, 5)} | said

    assert (
        refused(
            lambda: issue.publish_bulletin(by=member(), bulletin=bulletin, at=FIFTH, **facts),
            bulletin,
        )
        == codes
    )


def test_a_number_is_given_once() -> None:
    published()
    second = bulletins.draft_bulletin(
        by=platform_actor(), month=MONTH, at=FIFTH, reason="历下区更正"
    )
    issue.review_bulletin(by=member(), bulletin=second, at=FIFTH)

    codes = refused(
        lambda: issue.publish_bulletin(
            by=member(), bulletin=second, number=NUMBER, issued_on=date(2026, 11, 5), at=FIFTH
        ),
        second,
    )

    assert codes == ["number_taken"]


@pytest.mark.parametrize("step", ["review", "publish", "reword", "ask", "return"])
def test_what_was_issued_never_changes(step: str) -> None:
    bulletin, by = published(), member()
    steps: dict[str, Callable[[], object]] = {
        "review": lambda: issue.review_bulletin(by=by, bulletin=bulletin, at=FIFTH),
        "publish": lambda: issue.publish_bulletin(
            by=by, bulletin=bulletin, number=NUMBER, issued_on=date(2026, 11, 5), at=FIFTH
        ),
        "reword": lambda: issue.reword_bulletin(
            by=by, bulletin=bulletin, problems="甲", requirements="", at=FIFTH
        ),
        "ask": lambda: issue.ask_for_comments(
            by=by, bulletin=bulletin, until=date(2026, 11, 6), at=FIFTH
        ),
        "return": lambda: issue.return_bulletin(by=by, bulletin=bulletin, reason="重审", at=FIFTH),
    }

    assert refused(steps[step], bulletin) == ["bulletin_already_published"]


def test_a_correction_stands_beside_what_was_issued() -> None:
    first = published()

    with pytest.raises(Rejected) as refusal:
        bulletins.draft_bulletin(by=member(), month=MONTH, at=FIFTH)
    second = bulletins.draft_bulletin(by=member(), month=MONTH, at=FIFTH, reason="历下区更正")

    first.refresh_from_db()
    assert refusal.value.codes == ["correction_needs_reason"]
    assert (first.state, second.state) == (State.PUBLISHED, State.DRAFT)
    assert (second.revision, second.reason) == (2, "历下区更正")


def test_a_reviewed_bulletin_is_reworded_only_after_it_was_sent_back() -> None:
    bulletin, by = reviewed(), member()
    codes = refused(
        lambda: issue.reword_bulletin(
            by=by, bulletin=bulletin, problems="甲", requirements="", at=FIFTH
        ),
        bulletin,
    )
    unsaid = refused(
        lambda: issue.return_bulletin(by=by, bulletin=bulletin, reason=" ", at=FIFTH), bulletin
    )

    back = issue.return_bulletin(by=by, bulletin=bulletin, reason="改第三段", at=FIFTH)

    assert (codes, unsaid) == (["bulletin_already_reviewed"], ["reason_missing"])
    assert (back.state, back.reviewed_by, back.reviewed_at) == (State.DRAFT, "", None)


def test_is_not_reviewed_while_a_comment_waits() -> None:
    bulletin = commenting()
    city = officer_of(make_city(), Role.CITY_OFFICER)
    issue.comment_on_bulletin(by=city, bulletin=bulletin, text="第三段有误", at=FOURTH)

    codes = refused(
        lambda: issue.review_bulletin(by=member(), bulletin=bulletin, at=FOURTH), bulletin
    )

    assert codes == ["comments_unanswered"]


def test_comments_are_taken_until_the_last_day_and_never_empty() -> None:
    bulletin = commenting()
    city = officer_of(make_city(), Role.CITY_OFFICER)

    def say(text: str, at: Any) -> Callable[[], object]:
        return lambda: issue.comment_on_bulletin(by=city, bulletin=bulletin, text=text, at=at)

    assert refused(say(" ", FOURTH), bulletin) == ["comment_empty"]
    assert refused(say("晚了", FIFTH), bulletin) == ["comments_closed"]
    assert not BulletinComment.objects.exists()


def test_no_comment_on_a_draft_that_was_not_put_before_anybody() -> None:
    bulletin = drafted()
    city = officer_of(make_city(), Role.CITY_OFFICER)

    codes = refused(
        lambda: issue.comment_on_bulletin(by=city, bulletin=bulletin, text="有误", at=FOURTH),
        bulletin,
    )

    assert codes == ["comments_not_asked"]


@pytest.mark.parametrize("until", [date(2026, 11, 2), date(2026, 11, 14)])
def test_comments_are_asked_for_a_few_days_from_today(until: date) -> None:
    bulletin = drafted()

    codes = refused(
        lambda: issue.ask_for_comments(by=member(), bulletin=bulletin, until=until, at=OPENS),
        bulletin,
    )

    assert codes == ["comment_day_out_of_range"]


def test_a_comment_is_answered_once_and_a_refusal_says_why() -> None:
    bulletin, by = commenting(), member()
    said = issue.comment_on_bulletin(by=by, bulletin=bulletin, text="第三段有误", at=FOURTH)

    def reply(is_adopted: bool, answer: str) -> Callable[[], object]:
        return lambda: issue.answer_comment(
            by=by, comment=said, is_adopted=is_adopted, answer=answer, at=FOURTH
        )

    assert refused(reply(False, " "), bulletin) == ["answer_missing"]
    reply(False, "与台账一致")()
    assert refused(reply(True, ""), bulletin) == ["comment_answered_before"]


def test_bureaus_below_take_none_of_the_writers_steps() -> None:
    bulletin = commenting()
    city = officer_of(make_city(), Role.CITY_OFFICER)

    with pytest.raises(Forbidden):
        issue.review_bulletin(by=city, bulletin=bulletin, at=FOURTH)

    bulletin.refresh_from_db()
    assert bulletin.state == State.COMMENTING


def test_a_county_says_nothing_to_its_neighbours_bulletin() -> None:
    bulletins.draft_bulletin(by=platform_actor(), month=MONTH, at=OPENS)
    county, other = make_county(), make_county(code="370103", name="市中区")
    own = bulletins.draft_bulletin(
        by=officer_of(other), month=MONTH, at=OPENS, area_path=other.path
    )
    issue.ask_for_comments(by=officer_of(other), bulletin=own, until=LAST, at=OPENS)

    with pytest.raises(OutOfScope):
        issue.comment_on_bulletin(by=officer_of(county), bulletin=own, text="有误", at=FOURTH)

    assert not BulletinComment.objects.exists()


def test_a_reminder_is_written_once_a_day() -> None:
    days = [(date(2026, 11, 4), FOURTH), (date(2026, 11, 4), FOURTH), (date(2026, 11, 5), FIFTH)]

    written = [
        issue.remind_of_bulletin(by=platform_actor(), month=MONTH, day=day, at=at)
        for day, at in days
    ]

    assert written == [True, False, True]
    assert AuditEntry.objects.filter(event="bulletin_reminded").count() == 2
