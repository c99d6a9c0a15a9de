import pytest

from enterprises.models import Operator, SelfBuiltSystem, SystemClient, WebhookDelivery
from shilian import clock
from tests.builders.enterprises import AT, make_operator
from tests.builders.recalls import make_recall
from tests.builders.systems import SignedClient, make_system, make_webhook
from tests.builders.traceability import batch_of, make_purchase
from traceability.models import IncomingDraft, Recall, RecallNotice
from traceability.operations import webhook_events

pytestmark = pytest.mark.django_db


def test_a_draft_and_a_recall_are_announced_once_to_their_own_system():
    system = make_system()
    make_webhook(SignedClient(system))
    make_webhook(SignedClient(make_system()))
    operator = system.operator
    draft = IncomingDraft.objects.create(
        operator=operator,
        division_id=operator.division_id,
        county_id=operator.county_id,
        seller_operator_id=make_operator().pk,
        sale_id=1,
        seller_batch_id=1,
        facts={"name": "特一粉", "seller_name": "面粉厂", "seller_phone": "13900000000"},
        quantity=5,
        unit="袋",
        sold_on=clock.today(),
        created_at=clock.now(),
    )
    recall = make_recall(batch_of(make_purchase(operator)), at=clock.now())

    counts = [webhook_events.announce_news(at=clock.now()) for _ in range(2)]

    told = {delivery.event: delivery for delivery in WebhookDelivery.objects.all()}
    assert counts == [2, 0]
    assert {delivery.webhook.system_id for delivery in told.values()} == {system.pk}
    assert told["incoming.created"].body["incoming_id"] == str(draft.pk)
    assert told["incoming.created"].body["seller_name"] == "面粉厂"
    assert "13900000000" not in str(told["incoming.created"].body)
    assert told["recall.notified"].body["recall_id"] == str(recall.pk)


def _recalled(operator: Operator) -> Recall:
    return make_recall(batch_of(make_purchase(operator)), at=clock.now())


def test_no_notice_is_left_out_behind_those_that_were_told(monkeypatch):
    monkeypatch.setattr(webhook_events, "AT_ONCE", 2)
    system = make_system()
    make_webhook(SignedClient(system))
    recalls = [_recalled(system.operator) for _ in range(5)]

    counts = [webhook_events.announce_news(at=clock.now()) for _ in range(4)]

    assert counts == [2, 2, 1, 0]
    told = {delivery.body["recall_id"] for delivery in WebhookDelivery.objects.all()}
    assert told == {str(recall.pk) for recall in recalls}


def test_a_recall_of_one_client_is_not_taken_for_another_of_another():
    channel = make_system()
    SelfBuiltSystem.objects.filter(pk=channel.pk).update(kind="market")
    make_webhook(SignedClient(channel))
    own = channel.operator
    first, second = (_recalled(own) for _ in range(2))
    # By exclusive or, the second recall and this client are the first recall and the channel.
    client = make_operator(id=first.pk ^ own.pk ^ second.pk)
    SystemClient.objects.create(
        system=channel, operator=client, state="confirmed", claimed_at=AT, decided_at=AT
    )
    RecallNotice.objects.create(
        recall=second,
        operator=client,
        division_id=client.division_id,
        county_id=client.county_id,
        role=RecallNotice.Role.HOLDER,
        batch_count=1,
        sent_at=clock.now(),
    )

    assert webhook_events.announce_news(at=clock.now()) == 3

    told = WebhookDelivery.objects.values_list("subject_id", "operator_id")
    assert set(told) == {(first.pk, own.pk), (second.pk, own.pk), (second.pk, client.pk)}
