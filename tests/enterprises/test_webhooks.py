"""Webhooks: where they may go, how they are sent, what becomes of them."""

import hashlib
import hmac
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import time_machine
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from enterprises.jobs import Paused, Run
from enterprises.models import AuditEntry, Webhook, WebhookDelivery
from enterprises.operations import webhooks
from enterprises.rules import webhooks as rules
from enterprises.webhook_sender import NotArrived, Sender
from shilian import clock
from shilian.problems import Rejected
from tests.builders.enterprises import AT, make_operator, owner_of
from tests.builders.systems import SignedClient, key_actor, make_system, make_webhook

HOST = "erp.example.com"
URL = f"https://{HOST}/shilian"
PUBLIC = "93.184.215.14"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://erp.example.com/",
        "ftp://erp.example.com/",
        "file:///etc/passwd",
        "gopher://erp.example.com/",
        "//erp.example.com/",
        "https://127.0.0.1/",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0177.0.0.1/",
        "https://0/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[fe80::1%25eth0]/",
        "https://169.254.169.254/latest/meta-data/",
        "https://10.0.0.8/",
        "https://192.168.1.1/",
        "https://localhost/",
        "https://localhost.localdomain.local/",
        "https://db.internal/",
        "https://intranet/",
        "https://erp.example.com:22/",
        "https://erp.example.com:0/",
        "https://erp.example.com:99999/",
        "https://user:secret@erp.example.com/",
        "https://erp.example.com@127.0.0.1/",
        "https://127.0.0.1#@erp.example.com/",
        "https://127.0.0.1\\@erp.example.com/",
        "https://erp.example.com\r\nHost: inner/",
        "https://erp.example.com/\x00",
        "https://ｅｒｐ.example.com/",
        "https://①②⑦.0.0.1/",
        "https://erp..example.com/",
        "https://erp.example.com./",
        "https://127.0.0.1.in-addr.arpa/",
        "https://erp.example.com/" + "a" * 500,
    ],
)
def test_a_trick_of_an_address_reaches_nobody(url):
    reached: list[str] = []

    def connect(address: str, port: int, timeout: float) -> socket.socket:
        reached.append(address)
        raise OSError

    assert rules.check_address(url)
    with pytest.raises(NotArrived):
        Sender(resolve=lambda host, port: ["127.0.0.1"], connect=connect).send(url, b"", {})
    assert reached == []


@pytest.mark.parametrize("url", [URL, f"https://{HOST}:8443/a?b=c", "https://xn--fiqs8s.cn/"])
def test_a_public_address_is_accepted(url):
    assert rules.check_address(url) == []


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.0.1", "169.254.169.254",
        "100.64.0.1", "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
        "::1", "::", "fe80::1", "fc00::1", "ff02::1", "::ffff:10.0.0.1", "::10.0.0.1",
        "2002:0a00:0001::1", "64:ff9b::a00:1", "2001:db8::1", "2001:0:0:0:0:0:f5ff:fffe", "rubbish",
    ],
)  # fmt: skip
def test_a_name_that_leads_inside_is_not_connected_to(address):
    reached: list[str] = []

    def connect(to: str, port: int, timeout: float) -> socket.socket:
        reached.append(to)
        raise OSError

    for answer in ([address], [PUBLIC, address]):
        with pytest.raises(NotArrived):
            Sender(resolve=lambda host, port, a=answer: a, connect=connect).send(URL, b"", {})
    assert reached == []
    assert rules.is_public(PUBLIC)
    assert rules.is_public("2606:2800:21f:cb07:6820:80da:af6b:8b2c")


class Receiver:
    """A real HTTPS server on this machine, and a sender that takes it for a public one."""

    def __init__(self, folder: Path) -> None:
        self.received: list[tuple[dict[str, str], bytes]] = []
        self.status, self.location = 200, ""
        self.resolved: list[str] = []
        # How many lookups are due: one for each message.
        self.messages = 1
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.received.append((dict(self.headers), body))
                self.send_response(receiver.status)
                if receiver.location:
                    self.send_header("Location", receiver.location)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args: object) -> None:
                """Keep quiet."""

        certificate = _certificate(folder)
        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.trusting = ssl.create_default_context(cafile=str(certificate))
        self.connected: list[str] = []

    def sender(self) -> Sender:
        def resolve(host: str, port: int) -> list[str]:
            # A second look would lead inside; there must be none.
            self.resolved.append(host)
            return [PUBLIC] if self.resolved.count(host) <= self.messages else ["127.0.0.1"]

        def connect(address: str, port: int, timeout: float) -> socket.socket:
            self.connected.append(address)
            self.messages += 1
            return socket.create_connection(("127.0.0.1", self.server.server_port), timeout)

        return Sender(resolve=resolve, connect=connect, context=self.trusting)


def _certificate(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    start = datetime.now(UTC) - timedelta(days=1)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    made = Receiver(tmp_path)
    yield made
    made.server.shutdown()
    made.server.server_close()


def test_the_address_looked_at_is_the_one_connected_to(receiver):
    assert receiver.sender().send(URL, b"{}", {"Content-Type": "application/json"}) == 200
    assert receiver.connected == [PUBLIC]
    assert receiver.resolved == [HOST]


def test_a_redirect_is_not_followed(receiver):
    receiver.status, receiver.location = 302, "https://127.0.0.1/"

    with pytest.raises(NotArrived) as failure:
        receiver.sender().send(URL, b"{}", {})

    assert failure.value.status == 302
    assert len(receiver.connected) == 1


def test_a_certificate_nobody_vouches_for_is_refused(receiver):
    sender = receiver.sender()
    distrusting = Sender(sender.resolve, sender.connect, ssl.create_default_context())

    with pytest.raises(NotArrived, match="证书"):
        distrusting.send(URL, b"{}", {})

    assert receiver.received == []


@pytest.fixture
def client(db) -> SignedClient:
    return SignedClient(make_system())


def run() -> Run:
    """A slice that is in nobody's hands and needs no lease."""

    class Unleased(Run):
        def renew(self) -> None:
            """Nothing to renew."""

    return Unleased(0, None, webhooks.JOB_KIND, {}, {}, 0, 0, None, None, None)  # type: ignore[arg-type]


def test_a_message_is_signed_and_logged(client, receiver):
    made = client.post("/api/v1/webhooks", {"url": URL, "events": ["incoming.created"]}).json()
    client.post(f"/api/v1/webhooks/{made['webhook_id']}/ping", b"")

    assert webhooks.deliver_due(run(), receiver.sender()) == {"arrived": 1, "failed": 0}

    [(headers, body)] = receiver.received
    signed = f"{headers['X-Shilian-Timestamp']}\n{hashlib.sha256(body).hexdigest()}"
    expected = hmac.new(made["secret"].encode(), signed.encode(), "sha256").hexdigest()
    assert headers["X-Shilian-Signature"] == expected
    assert json.loads(body)["event"] == "ping"
    [logged] = client.get(f"/api/v1/webhooks/{made['webhook_id']}/deliveries").json()["items"]
    assert (logged["state"], logged["attempts"], logged["last_status"]) == ("arrived", 1, 200)


def test_what_does_not_arrive_is_tried_later_and_at_last_given_up(client, receiver):
    receiver.status = 500
    webhook = make_webhook(client)
    webhooks.announce(webhook, Webhook.Event.INCOMING, {(7, 1): {"incoming_id": "7"}}, at=AT)
    now = clock.now()
    waits = []
    for _ in range(20):
        with time_machine.travel(now, tick=False):
            webhooks.deliver_due(run(), receiver.sender())
        delivery = WebhookDelivery.objects.get()
        if delivery.state != WebhookDelivery.State.WAITING:
            break
        waits.append(delivery.next_at - now)
        now = delivery.next_at

    assert waits == sorted(waits)
    assert waits[0] == rules.WAITS[0]
    assert delivery.state == WebhookDelivery.State.GIVEN_UP
    assert delivery.last_status == 500


def test_a_receiver_that_is_away_keeps_nobody_waiting(client, receiver):
    webhook, other = make_webhook(client), make_webhook(SignedClient(make_system()))
    Webhook.objects.filter(pk=webhook.pk).update(url="https://away.example.com/")
    news = {(number, 1): {} for number in range(9)}
    webhooks.announce(webhook, Webhook.Event.INCOMING, news, at=AT)
    webhooks.announce(other, Webhook.Event.INCOMING, news, at=clock.now())
    real, tried = receiver.sender(), []

    def resolve(host: str, port: int) -> list[str]:
        tried.append(host)
        if host != HOST:
            raise OSError
        return real.resolve(host, port)

    answer = webhooks.deliver_due(run(), Sender(resolve, real.connect, real.context))

    assert answer == {"arrived": 9, "failed": 1}
    assert tried.count("away.example.com") == 1
    rested = WebhookDelivery.objects.filter(webhook=webhook)
    assert sorted(rested.values_list("attempts", flat=True)) == [0] * 8 + [1]
    assert min(rested.values_list("next_at", flat=True)) > clock.now() + timedelta(seconds=30)


def test_a_pause_leaves_the_other_messages_as_they_were(client, receiver):
    webhook = make_webhook(client)
    webhooks.announce(webhook, Webhook.Event.INCOMING, {(7, 1): {}, (8, 1): {}}, at=AT)
    late = run()
    late._started -= 3_600

    with pytest.raises(Paused):
        webhooks.deliver_due(late, receiver.sender())

    [waiting] = WebhookDelivery.objects.filter(state=WebhookDelivery.State.WAITING)
    assert (waiting.attempts, waiting.next_at) == (0, AT)


def test_an_address_that_fails_for_days_is_stopped_until_it_is_tested(client, receiver):
    receiver.status = 500
    webhook = make_webhook(client)
    Webhook.objects.update(failing_since=clock.now() - rules.STOPPED_AFTER)
    webhooks.announce(webhook, Webhook.Event.RECALL, {(7, 1): {}, (8, 1): {}}, at=AT)

    webhooks.deliver_due(run(), receiver.sender())

    webhook.refresh_from_db()
    assert webhook.state == Webhook.State.STOPPED
    assert AuditEntry.objects.filter(event="webhook_stopped").count() == 1
    assert not WebhookDelivery.objects.filter(state=WebhookDelivery.State.WAITING).exists()
    client.post(f"/api/v1/webhooks/{webhook.pk}/ping", b"")
    webhook.refresh_from_db()
    assert webhook.state == Webhook.State.ACTIVE


def test_a_subject_is_told_of_once(client):
    webhook = make_webhook(client)

    for _ in range(2):
        webhooks.announce(webhook, Webhook.Event.RECALL, {(7, 1): {}}, at=AT)

    assert WebhookDelivery.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"url": "http://a.example.com", "events": ["recall.notified"]}, 422, "webhook_not_https"),
        ({"url": URL, "events": ["everything"]}, 422, "webhook_events_unknown"),
        ({"url": URL, "events": []}, 422, "webhook_events_unknown"),
        ({"url": URL}, 400, "body_malformed"),
        ({"url": 5, "events": []}, 400, "body_malformed"),
        ({"url": URL, "events": ["recall.notified"], "system_id": 1}, 400, "body_malformed"),
        ([], 400, "body_malformed"),
    ],
)
def test_a_bad_subscription_is_refused(client, body, status, code):
    answer = client.post("/api/v1/webhooks", body)

    assert answer.status_code == status
    assert answer.json()["problems"][0]["code"] == code
    assert not Webhook.objects.exists()


def test_a_webhook_belongs_to_its_system(client):
    webhook = make_webhook(client)
    stranger = SignedClient(make_system())

    assert stranger.get("/api/v1/webhooks").json()["items"] == []
    for path in ("ping", "deliveries"):
        send = stranger.post if path == "ping" else lambda path, body: stranger.get(path)
        assert send(f"/api/v1/webhooks/{webhook.pk}/{path}", b"").status_code == 404
    assert stranger.delete(f"/api/v1/webhooks/{webhook.pk}").status_code == 404
    assert client.delete(f"/api/v1/webhooks/{webhook.pk}").status_code == 204
    assert client.get("/api/v1/webhooks").json()["items"] == []


def test_an_address_is_known_once_and_five_are_enough(client):
    make_webhook(client)
    system = Webhook.objects.get().system
    with pytest.raises(Rejected) as refusal:
        make_webhook(client)
    assert refusal.value.codes == ["webhook_exists"]
    for number in range(webhooks.MOST_WEBHOOKS - 1):
        make_webhook(client, url=f"{URL}/{number}")

    with pytest.raises(Rejected) as refusal:
        webhooks.subscribe(
            by=key_actor(system), system=system, url=f"{URL}/6", events=["recall.notified"], at=AT
        )

    assert refusal.value.codes == ["too_many_webhooks"]
    assert owner_of(make_operator()).sees(system.operator) is False
