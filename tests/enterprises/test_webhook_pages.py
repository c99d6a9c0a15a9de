"""The pages of webhooks: what the owner sees and does there."""

import pytest
from django.test import Client
from django.urls import reverse

from enterprises.models import AuditEntry, SelfBuiltSystem, Webhook, WebhookDelivery
from enterprises.operations import webhooks
from shilian import clock
from shilian.problems import Rejected
from tests.builders.enterprises import make_operator, owner_of
from tests.builders.systems import SignedClient, make_system, make_webhook
from tests.enterprises.test_system_pages import owner

pytestmark = pytest.mark.django_db
URL = "https://erp.example.com/shilian"
FORM = {"url": URL, "events": ["incoming.created", "recall.notified"]}


def webhook_of(system: SelfBuiltSystem) -> Webhook:
    return make_webhook(SignedClient(system))


def change(client: Client, webhook: Webhook, action: str) -> int:
    address = reverse("enterprises:webhook_change", args=[webhook.pk])
    return client.post(address, {"action": action}).status_code


def test_an_address_is_added_and_its_secret_shown_once():
    system = make_system()
    shop, address = owner(system.operator), reverse("enterprises:webhooks", args=[system.pk])

    made = shop.post(address, FORM)
    again = shop.get(address)

    secret = made.context["made"].secret
    assert secret in made.content.decode()
    assert secret not in again.content.decode()
    assert URL in again.content.decode()


def test_faults_come_back_at_their_fields():
    system = make_system()

    page = owner(system.operator).post(
        reverse("enterprises:webhooks", args=[system.pk]), {"url": "http://erp.example.com"}
    )

    assert page.status_code == 422
    assert "地址须以 https:// 开头" in page.content.decode()
    assert "请选要推送哪些事" in page.content.decode()
    assert not Webhook.objects.exists()


def test_a_paused_address_keeps_what_waits_and_goes_on_with_it():
    webhook = webhook_of(make_system())
    shop = owner(webhook.system.operator)
    webhooks.announce(webhook, Webhook.Event.RECALL, {(7, 1): {}}, at=clock.now())

    change(shop, webhook, "pause")
    rings_while_paused = webhooks.ring(at=clock.now())
    change(shop, webhook, "resume")

    assert not rings_while_paused
    assert webhooks.ring(at=clock.now())
    assert WebhookDelivery.objects.get().state == WebhookDelivery.State.WAITING
    events = AuditEntry.objects.values_list("event", flat=True)
    assert {"webhook_paused", "webhook_resumed"} <= set(events)


def test_what_is_paused_is_not_paused_again():
    webhook = webhook_of(make_system())
    by = owner_of(webhook.system.operator)
    webhooks.pause_webhook(by=by, webhook=webhook, at=clock.now())

    with pytest.raises(Rejected) as refusal:
        webhooks.pause_webhook(by=by, webhook=webhook, at=clock.now())

    assert refusal.value.codes == ["webhook_not_active"]
    assert AuditEntry.objects.filter(event="webhook_paused").count() == 1


def test_a_test_takes_a_stopped_address_up_again():
    webhook = webhook_of(make_system())
    Webhook.objects.update(state=Webhook.State.STOPPED, stopped_at=clock.now())

    assert change(owner(webhook.system.operator), webhook, "test") == 302

    webhook.refresh_from_db()
    assert webhook.is_active
    assert WebhookDelivery.objects.get().event == Webhook.Event.PING


def test_an_ended_address_is_gone():
    webhook = webhook_of(make_system())
    shop = owner(webhook.system.operator)

    change(shop, webhook, "end")

    assert shop.get(reverse("enterprises:webhook", args=[webhook.pk])).status_code == 404
    assert change(shop, webhook, "resume") == 404


def test_an_unknown_action_changes_nothing():
    webhook = webhook_of(make_system())

    assert change(owner(webhook.system.operator), webhook, "burn") == 404

    webhook.refresh_from_db()
    assert webhook.is_active


def test_another_shops_address_does_not_exist():
    webhook = webhook_of(make_system())
    stranger = owner(make_operator())

    assert stranger.get(reverse("enterprises:webhook", args=[webhook.pk])).status_code == 404
    assert change(stranger, webhook, "end") == 404
    assert Webhook.objects.active().exists()


@pytest.mark.parametrize("count", [1, 15])
def test_the_pages_need_the_same_queries_for_any_log(count, django_assert_max_num_queries):
    webhook = webhook_of(make_system())
    shop = owner(webhook.system.operator)
    news = {(number, 1): {} for number in range(count)}
    webhooks.announce(webhook, Webhook.Event.RECALL, news, at=clock.now())

    with django_assert_max_num_queries(9):
        listed = shop.get(reverse("enterprises:webhooks", args=[webhook.system_id]))
    with django_assert_max_num_queries(9):
        shown = shop.get(reverse("enterprises:webhook", args=[webhook.pk]))

    assert f"等待发送 {count} 条" in listed.content.decode()
    assert shown.content.decode().count("收到召回通知</td>") == count
