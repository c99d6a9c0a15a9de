"""One small province with one person in every role, and the things that addresses may name."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.test import Client
from openpyxl import Workbook

from enterprises.models import (
    Division,
    Docking,
    ImportSession,
    Invitation,
    Job,
    Membership,
    Operator,
    Person,
    RegistrationApplication,
    SandboxTrial,
    Sector,
    Station,
    SystemClient,
)
from enterprises.models.operators import OperatorKind
from enterprises.operations import api_keys
from enterprises.roles import Role
from shilian import clock
from supervision.models import Bulletin, BulletinComment
from supervision.queries.bulletin_figures import bulletin_figures
from tests.builders import enterprises as build
from tests.builders import numbers
from tests.builders import traceability as goods
from tests.builders.changes import make_change
from tests.builders.recalls import make_recall
from tests.builders.systems import (
    SignedClient,
    make_subscription,
    make_system,
    make_upload,
    make_webhook,
)
from tests.builders.traceability import batch_of
from tests.builders.watching import make_finding, make_suspicion
from traceability.models import (
    Batch,
    DuplicateSuspect,
    EvidenceDocument,
    ReturnedGoods,
    Submission,
    TraceCase,
)
from traceability.operations import movements, runs
from traceability.rules.codes import public_code
from traceability.rules.movements import MovementDraft
from traceability.rules.production import ProductionInput
from traceability.rules.runs import OutputDraft, RunDraft

ACTORS = (
    "anonymous",
    "owner",
    "clerk",
    "other_owner",
    "station",
    "county",
    "neighbour",
    "city",
    "province",
    "task_force",
    "food_safety",
    "vendor",
    "system_admin",
    "security_admin",
    "audit_admin",
    "system_key",
)
TOKEN = "matrix-token"


@dataclass(slots=True)
class World:
    """``sessions`` by actor name (none: nobody signed in); ``things`` by the name of an argument.

    ``signer`` signs requests as the operator's own system does.
    """

    sessions: dict[str, str] = field(default_factory=dict)
    things: dict[str, Any] = field(default_factory=dict)
    signer: SignedClient | None = None


def make_world() -> World:
    """Cost: some sixty inserts; nothing is shared between tests."""
    township, station = build.make_township(), build.make_station()
    operator = build.make_operator(name="老张粮油店", township=township, station=station)
    other = build.make_operator(name="隔壁菜店", township=township, station=station)
    held = _memberships(operator, other, station)
    signer = SignedClient(make_system(operator, docking=Docking.EPCIS))
    return World(
        signer=signer,
        sessions={name: _signed_in(each.person) for name, each in held.items()},
        things={
            "operator_id": operator.pk,
            "upload_id": make_upload(signer).pk,
            "webhook_id": make_webhook(signer).pk,
            "own_subscription_id": make_subscription(operator).pk,
            "person_id": held["county"].person_id,
            "membership_id": held["clerk"].pk,
            "county_code": station.county.code,
            "ledger_session_id": _import("purchases", operator_id=operator.pk).pk,
            "photo_session_id": _import("photos", operator_id=operator.pk).pk,
            "roster_session_id": _import(
                "roster", state=ImportSession.State.PREVIEW, county_id=station.county_id
            ).pk,
            **_own_things(operator, date.today() - timedelta(days=1)),
            **_bureau_things(township, station, held["county"].person),
            **_register_things(operator),
            "clerk_invitation_id": _invitation(
                held["owner"].person, "clerk", role=Role.CLERK, operator=operator
            ).pk,
            "job_id": _export(held["county"].person, station.county).pk,
        },
    )


def _signed_in(person: Person) -> str:
    """The cookie of a session of the person."""
    client = Client()
    client.force_login(person)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def _memberships(operator: Operator, other: Operator, station: Station) -> dict[str, Membership]:
    province, county = build.make_province(), build.make_county()
    neighbour = build.make_county(code="370103", name="市中区")
    roles: dict[str, tuple[Role, dict[str, Any]]] = {
        "owner": (Role.OWNER, {"operator": operator}),
        "clerk": (Role.CLERK, {"operator": operator}),
        "other_owner": (Role.OWNER, {"operator": other}),
        "station": (Role.STATION_OFFICER, {"station": station}),
        "county": (Role.COUNTY_OFFICER, {"division": county}),
        "neighbour": (Role.COUNTY_OFFICER, {"division": neighbour}),
        "city": (Role.CITY_OFFICER, {"division": build.make_city()}),
        "province": (Role.PROVINCE_OFFICER, {"division": province}),
        "task_force": (Role.TASK_FORCE, {"division": province}),
        "food_safety": (Role.FOOD_SAFETY_OFFICE, {"division": county}),
        "vendor": (Role.VENDOR_SUPPORT, {}),
        "system_admin": (Role.SYSTEM_ADMIN, {}),
        "security_admin": (Role.SECURITY_ADMIN, {}),
        "audit_admin": (Role.AUDIT_ADMIN, {}),
    }
    return {
        name: build.give_role(build.make_person(login=f"matrix_{name}", name="人员"), role, **where)
        for name, (role, where) in roles.items()
    }


def _own_things(operator: Operator, day: date) -> dict[str, Any]:
    """What belongs to the operator alone."""
    partner = goods.make_partner(operator)
    purchase = numbers.make_purchase(operator, on=day, partner_id=partner.pk)
    key = uuid.uuid4()
    Submission.objects.create(
        operator_id=operator.pk,
        key=key,
        operation="record_purchases",
        record_ids=[purchase.pk],
        at=clock.now(),
    )
    paper = EvidenceDocument.objects.create(
        operator=operator,
        kind=EvidenceDocument.Kind.LICENCE,
        sha256="0" * 64,
        file_path="matrix",
        media_type="image/jpeg",
        byte_count=1,
        uploaded_at=clock.now(),
    )
    batch = Batch.objects.get(pk=purchase.batch_id)
    county, drill = build.officer_of(operator.county), {"is_drill": True, "at": clock.now()}
    drill["known_at"] = drill["at"]
    return {
        "recall_id": make_recall(batch, by=county, **drill).pk,
        "own_recall_id": make_recall(
            numbers.make_batch(operator, on=day), by=build.owner_of(operator), **drill
        ).pk,
        "purchase_id": purchase.pk,
        "batch_id": purchase.batch_id,
        "batch_code": public_code(purchase.batch_id, batch_of(purchase).token_salt),
        "made_batch_id": numbers.make_batch(operator, on=day, origin_kind="made").pk,
        "sale_id": numbers.make_sale(operator, on=day, partner_id=partner.pk).pk,
        "inspection_id": numbers.make_inspection(operator, on=day).pk,
        "incoming_id": numbers.make_incoming(operator, sold_on=day).pk,
        **_moved_things(operator, day),
        "product_id": goods.make_product(operator).pk,
        "partner_id": partner.pk,
        "paper_id": paper.pk,
        "document_id": paper.pk,
        "submission_key": key,
    }


def _register_things(operator: Operator) -> dict[str, Any]:
    """A system of the operator's with a key, and a channel that asks to upload for it."""
    system = make_system(operator, name="第二套")
    channel = make_system()
    issued = api_keys.issue_key(by=build.owner_of(operator), system=system, at=clock.now())
    claim = SystemClient.objects.create(system=channel, operator=operator, claimed_at=clock.now())
    suspect = DuplicateSuspect.objects.create(
        operator=operator,
        division_id=operator.division_id,
        county_id=operator.county_id,
        kind="purchase",
        record_id=1,
        earlier_id=2,
        channel="api",
        earlier_channel="market",
        happened_on=date.today(),
        name="白菜",
        partner_name="批发商",
        quantity=1,
        unit="公斤",
        found_at=clock.now(),
    )
    trial = SandboxTrial.objects.create(
        operator=operator, door="file", record_kind="purchases", day=date.today(), at=clock.now()
    )
    return {
        "finding_id": make_finding(operator).pk,
        "suspicion_id": make_suspicion(operator).pk,
        "change_id": make_change().pk,
        "suspect_id": suspect.pk,
        "trial_id": trial.pk,
        "system_id": system.pk,
        "key_id": system.keys.get(key_id=issued.key_id).pk,
        "client_id": claim.pk,
    }


def _moved_things(operator: Operator, day: date) -> dict[str, Any]:
    """A part of a split, a loss, and goods that a buyer sends back."""
    by: dict[str, Any] = {"by": build.owner_of(operator), "operator": operator}
    by["at"] = clock.now()
    whole = numbers.make_batch(operator, on=day)
    part = OutputDraft(Decimal(1))
    split = RunDraft("split", day, (ProductionInput(whole.pk, Decimal(2)),), (part, part))
    loss = MovementDraft("loss", whole.pk, Decimal(1), day, "破损")
    returned = ReturnedGoods.objects.create(
        operator=operator,
        division_id=operator.division_id,
        county_id=operator.county_id,
        buyer_operator_id=1,
        buyer_name="小卖部",
        movement_id=1,
        sale_id=1,
        buyer_batch_id=1,
        seller_batch_id=whole.pk,
        name=whole.name,
        quantity=Decimal(1),
        unit=whole.unit,
        returned_on=day,
        cause="破损",
        created_at=clock.now(),
    )
    return {
        "split_batch_id": runs.record_run(draft=split, **by)[0].pk,
        "movement_id": movements.record_movements(drafts=[loss], **by)[0].pk,
        "returned_id": returned.pk,
    }


def _import(kind: str, state: str = ImportSession.State.DONE, **facts: Any) -> ImportSession:
    """An upload whose file lies in storage: a head and one line."""
    book = Workbook()
    for row in (("日期", "品名", "进货数量", "单位"), ("2026-11-01", "面粉", "1", "袋")):
        book.active.append(row)
    settings.FILES_DIR.mkdir(parents=True, exist_ok=True)
    book.save(settings.FILES_DIR / "matrix.xlsx")
    return ImportSession.objects.create(
        kind=kind,
        file_name="四月.xlsx",
        file_path="matrix.xlsx",
        sha256="0" * 64,
        state=state,
        created_at=clock.now(),
        **facts,
    )


def _invitation(inviter: Person, token: str, **facts: Any) -> Invitation:
    return Invitation.objects.create(
        token_hash=hashlib.sha256(token.encode()).hexdigest(),
        login="invited",
        name="钱七",
        phone="13600000000",
        invited_by=inviter,
        created_at=clock.now(),
        expires_at=clock.now() + timedelta(days=1),
        **facts,
    )


def _export(person: Person, county: Division) -> Job:
    """A finished export of the person's, its file in storage."""
    (settings.FILES_DIR / "exports").mkdir(parents=True, exist_ok=True)
    (settings.FILES_DIR / "exports" / "matrix.xlsx").write_bytes(b"sheet")
    facts = {"file": "exports/matrix.xlsx", "name": "名单", "rows": 1}
    return Job.objects.create(
        kind="export_list",
        state=Job.State.DONE,
        payload={"source": "operators", "query": ""},
        result=facts | {"sight": {"roles": [], "paths": [], "stations": [], "operators": []}},
        created_by_id=person.pk,
        division_id=county.pk,
        created_at=clock.now(),
        finished_at=clock.now(),
    )


def _bureau_things(township: Division, station: Station, inviter: Person) -> dict[str, Any]:
    application = RegistrationApplication.objects.create(
        name="新店",
        credit_code=build.credit_code(),
        sector=Sector.CIRCULATION,
        kind=OperatorKind.INDIVIDUAL,
        address="解放路2号",
        division=township,
        county=station.county,
        station=station,
        contact_name="赵六",
        contact_phone="13700000000",
        created_at=clock.now(),
    )
    invitation = _invitation(
        inviter, TOKEN, role=Role.STATION_OFFICER, division=station.county, station=station
    )
    bulletin = Bulletin.objects.create(
        month=date(2026, 1, 1),
        figures=bulletin_figures(date(2026, 1, 1), frozen_at=clock.now()),
        sha256="0" * 64,
        made_by="专班",
        made_at=clock.now(),
    )
    said = BulletinComment.objects.create(
        bulletin=bulletin, office="济南市", made_by="张三", made_at=clock.now(), text="数字不对"
    )
    case = TraceCase.objects.create(
        kind=TraceCase.Kind.DRILL,
        reason="演练",
        start_ids=[1],
        division=station.county,
        bureau="历下区市场监督管理局",
        asked_path="/370000/",
        asked_name="山东省",
        days=30,
        requested_name="李所长",
        requested_at=clock.now(),
    )
    return {
        "trace_case_id": case.pk,
        "application_id": application.pk,
        "invitation_id": invitation.pk,
        "token": TOKEN,
        "bulletin_id": bulletin.pk,
        "bulletin_comment_id": said.pk,
    }
