import pytest

from enterprises.models import WebhookDelivery
from shilian import clock
from tests.builders.enterprises import make_operator
from tests.builders.recalls import make_recall
from tests.builders.systems import SignedClient, make_system, make_webhook
from tests.builders.traceability import batch_of, make_purchase
from traceability.models import IncomingDraft
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
