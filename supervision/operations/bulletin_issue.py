"""What happens to a drafted bulletin: comments, wording, a second person's review, its issue.

draft → (commenting) → reviewed → published; whoever reviews may send it back.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from enterprises.actor import Actor, OutOfScope
from enterprises.models import AuditEntry
from enterprises.operations import audit
from enterprises.queries.divisions import jurisdiction_name
from enterprises.roles import Permission
from shilian import clock
from shilian.problems import Problem, Rejected
from supervision.models import Bulletin, BulletinComment
from supervision.queries.bulletin_area import require_writer
from supervision.queries.bulletins import concerns
from supervision.rules import bulletins as rules
from supervision.rules.months import month_text

State = Bulletin.State
MOST_DAYS = 10
WORDINGS = ("problems", "requirements")


@transaction.atomic
def ask_for_comments(*, by: Actor, bulletin: Bulletin, until: date, at: datetime) -> Bulletin:
    """Show the draft to the bureaus below until the day, that they may say what is wrong.

    Raises: Rejected for one reviewed or issued, and for a day that is past or too far.
    """
    locked = _locked(by, bulletin)
    problems = _unless(locked, State.DRAFT, State.COMMENTING)
    today = clock.business_day(at)
    if not today <= until <= today + timedelta(days=MOST_DAYS):
        message = f"意见截止日期请选今天到{MOST_DAYS}天以内的一天。"
        problems.append(Problem("comment_day_out_of_range", "until", message))
    if problems:
        raise Rejected(problems)
    locked.state, locked.comments_until = State.COMMENTING, until
    locked.save(update_fields=["state", "comments_until"])
    _audit(by, at, "bulletin_comments_asked", locked, until=until.isoformat())
    return locked


@transaction.atomic
def comment_on_bulletin(
    *, by: Actor, bulletin: Bulletin, text: str, at: datetime
) -> BulletinComment:
    """Keep what a bureau of the area, or a member of the task force, says of the draft.

    Raises: Forbidden, OutOfScope for those whom the bulletin does not concern; Rejected when no
    comments are asked for, after the last day, or for empty words.
    """
    by.require(Permission.COMMENT_ON_BULLETINS)
    locked = Bulletin.objects.select_for_update().get(pk=bulletin.pk)
    if not concerns(by, locked):
        raise OutOfScope
    if problems := _comment_problems(locked, text, clock.business_day(at)):
        raise Rejected(problems)
    comment = BulletinComment.objects.create(
        bulletin=locked,
        office=jurisdiction_name(by),
        made_by=by.name,
        made_by_person_id=by.person_id,
        made_at=at,
        text=text.strip(),
    )
    _audit(by, at, "bulletin_commented", locked)
    return comment


def _comment_problems(bulletin: Bulletin, text: str, today: date) -> list[Problem]:
    if bulletin.state != State.COMMENTING:
        message = "这份通报现在不征求意见，有问题请直接联系拟稿单位。"
        return [Problem("comments_not_asked", "", message)]
    if bulletin.comments_until is not None and today > bulletin.comments_until:
        message = "征求意见已经截止，有问题请直接联系拟稿单位。"
        return [Problem("comments_closed", "", message)]
    if not text.strip():
        message = "请写明意见，例如哪个数字、应当是多少、依据是什么。"
        return [Problem("comment_empty", "text", message)]
    return []


@transaction.atomic
def answer_comment(
    *, by: Actor, comment: BulletinComment, is_adopted: bool, answer: str, at: datetime
) -> BulletinComment:
    """Say whether a comment is adopted; a refusal says why.

    Raises: Rejected for one answered before, and for a refusal without words.
    """
    bulletin = _locked(by, comment.bulletin)
    locked = BulletinComment.objects.select_for_update().get(pk=comment.pk)
    if not locked.is_waiting:
        raise Rejected([Problem("comment_answered_before", "", "这条意见已经答复过。")])
    if not is_adopted and not answer.strip():
        raise Rejected([Problem("answer_missing", "answer", "不采纳请写明理由。")])
    locked.is_adopted, locked.answer = is_adopted, answer.strip()
    locked.answered_by, locked.answered_at = by.name, at
    locked.save(update_fields=["is_adopted", "answer", "answered_by", "answered_at"])
    _audit(by, at, "bulletin_comment_answered", bulletin, locked.answer)
    return locked


@transaction.atomic
def reword_bulletin(
    *, by: Actor, bulletin: Bulletin, problems: str, requirements: str, at: datetime
) -> Bulletin:
    """Put a person's paragraphs in the place of the drafted ones; empty brings those back.

    Figures are never typed: only 存在的问题 and 下一步要求 are words.
    Raises: Rejected once the bulletin was reviewed or issued.
    """
    locked = _locked(by, bulletin)
    if faults := _unless(locked, State.DRAFT, State.COMMENTING):
        raise Rejected(faults)
    written = dict(zip(WORDINGS, (problems.strip(), requirements.strip()), strict=True))
    locked.wording = {part: text for part, text in written.items() if text}
    locked.edited_by_person_id = by.person_id
    locked.save(update_fields=["wording", "edited_by_person_id"])
    _audit(by, at, "bulletin_reworded", locked)
    return locked


@transaction.atomic
def review_bulletin(*, by: Actor, bulletin: Bulletin, at: datetime) -> Bulletin:
    """A second person answers for figures and words; from here on they stand.

    Raises: Rejected for the drafter, for one reviewed or issued before, and while comments wait.
    """
    locked = _locked(by, bulletin)
    drafters = {locked.made_by_person_id, locked.edited_by_person_id}
    problems = _unless(locked, State.DRAFT, State.COMMENTING)
    problems += rules.check_review(drafters=drafters, reviewer=by.person_id)
    if waiting := locked.comments.filter(is_adopted=None).count():
        message = f"还有{waiting}条意见没有答复，请先逐条答复再审核。"
        problems.append(Problem("comments_unanswered", "", message))
    if problems:
        raise Rejected(problems)
    locked.state, locked.reviewed_by = State.REVIEWED, by.name
    locked.reviewed_by_person_id, locked.reviewed_at = by.person_id, at
    locked.save(update_fields=["state", "reviewed_by", "reviewed_by_person_id", "reviewed_at"])
    _audit(by, at, "bulletin_reviewed", locked)
    return locked


@transaction.atomic
def return_bulletin(*, by: Actor, bulletin: Bulletin, reason: str, at: datetime) -> Bulletin:
    """Send a reviewed bulletin back to be drafted on; the review is void.

    Raises: Rejected for one that is not reviewed or is issued, and without a reason.
    """
    locked = _locked(by, bulletin)
    problems = _unless(locked, State.REVIEWED)
    if not reason.strip():
        problems.append(Problem("reason_missing", "reason", "请写明退回修改的原因。"))
    if problems:
        raise Rejected(problems)
    locked.state, locked.reviewed_by = State.DRAFT, ""
    locked.reviewed_by_person_id = locked.reviewed_at = None
    locked.save(update_fields=["state", "reviewed_by", "reviewed_by_person_id", "reviewed_at"])
    _audit(by, at, "bulletin_returned", locked, reason.strip())
    return locked


@transaction.atomic
def publish_bulletin(
    *, by: Actor, bulletin: Bulletin, number: str, issued_on: date | None, at: datetime
) -> Bulletin:
    """Mark the reviewed bulletin as issued under the office's number; it cannot change any more.

    Raises: Rejected without a review, when it was issued before, and for a number or a day that is
    missing, malformed or taken.
    """
    locked = _locked(by, bulletin)
    if locked.state != State.REVIEWED:
        raise Rejected(_unless(locked, State.REVIEWED))
    number = number.strip()
    problems = rules.check_issue(
        number, issued_on, month=locked.month, today=clock.business_day(at)
    )
    if number and Bulletin.objects.filter(number=number).exists():
        message = f"{number}已经用在另一份通报上，请核对。"
        problems.append(Problem("number_taken", "number", message))
    if problems:
        raise Rejected(problems)
    locked.state, locked.number, locked.issued_on = State.PUBLISHED, number, issued_on
    locked.save(update_fields=["state", "number", "issued_on"])
    _audit(by, at, "bulletin_published", locked, number=number)
    return locked


@transaction.atomic
def remind_of_bulletin(*, by: Actor, month: date, day: date, at: datetime) -> bool:
    """Write once a day that the province's bulletin of the month is not issued yet.

    Returns: whether it was written now.
    """
    by.require(Permission.PREPARE_BULLETIN)
    told = AuditEntry.objects.filter(event="bulletin_reminded", at__gte=clock.start_of(day))
    if told.exists():
        return False
    audit.append(
        by=by, at=at, event="bulletin_reminded", subject="Bulletin", month=month.isoformat(),
        day=day.isoformat(),
    )  # fmt: skip
    return True


def _locked(by: Actor, bulletin: Bulletin) -> Bulletin:
    """The bulletin, held until the end, for those who write it. Raises: Forbidden, OutOfScope."""
    require_writer(by, bulletin.area_path)
    return Bulletin.objects.select_for_update().get(pk=bulletin.pk)


def _unless(bulletin: Bulletin, *states: State) -> list[Problem]:
    """Why the step does not belong to the bulletin's state; empty when it does."""
    if bulletin.state in states:
        return []
    name = f"{month_text(bulletin.month)}通报第{bulletin.revision}版"
    if bulletin.state == State.PUBLISHED:
        message = f"{name}已经印发，不能再改，只能另出更正版。"
        return [Problem("bulletin_already_published", "", message)]
    if bulletin.state == State.REVIEWED:
        message = f"{name}已经审核，要修改请先退回。"
        return [Problem("bulletin_already_reviewed", "", message)]
    message = f"{name}还没有经第二人审核，审核后才能印发。"
    return [Problem("bulletin_not_reviewed", "", message)]


def _audit(
    by: Actor, at: datetime, event: str, bulletin: Bulletin, reason: str = "", **details: Any
) -> None:
    audit.append(
        by=by,
        at=at,
        event=event,
        subject="Bulletin",
        subject_id=bulletin.pk,
        reason=reason,
        month=bulletin.month.isoformat(),
        revision=bulletin.revision,
        sha256=bulletin.sha256,
        area=bulletin.area_path,
        **details,
    )
