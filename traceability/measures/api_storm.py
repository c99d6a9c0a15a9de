"""The signed interface in a storm: one idempotency key from many threads, and made-up requests."""

from __future__ import annotations

import http.client
import json
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from threading import Barrier

from enterprises.models import ApiUpload, UploadedItem
from shilian.bench import Metrics
from traceability.measures.api import PATH, Signer, item, make_signer
from traceability.measures.scan import PLATFORM, serving
from traceability.models import Purchase

KEYS, THREADS = 1_000, 32
# So many that no key runs out of calls.
SIGNERS = 25
OTHER_BODIES = 100
CASES = 300
AGAIN_SECONDS = 0.1
LEAST_OPERATIONS = 26
MISSING = "没有安装 schemathesis，请运行 make check；按接口定义的随机请求未测。"


def measure() -> Metrics:
    """Records per key, answers to another body, server errors and undocumented answers."""
    signers = [make_signer() for _ in range(SIGNERS)]
    with serving(PLATFORM) as port:
        told = _storm(signers, port)
        fuzzed = _fuzzed(signers, port)
    return told | fuzzed | {"passed": bool(told.pop("exact")) and fuzzed.get("clean") is not False}


def _storm(signers: list[Signer], port: int) -> Metrics:
    """Thirty-two threads send every call at the same moment, until each has its answer."""
    before = Purchase.objects.count()
    started = time.monotonic()
    statuses: Counter[int] = Counter()
    answers: list[set[bytes]] = [set() for _ in range(KEYS)]
    barrier = Barrier(THREADS)

    def send_all(_: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        for number in range(KEYS):
            barrier.wait()
            status, answer = _until_answered(
                connection, signers[number % SIGNERS], number, statuses
            )
            statuses[status] += 1
            answers[number].add(answer)
        connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(send_all, range(THREADS)))
    refused = _other_bodies(signers, port)
    records = Purchase.objects.count() - before
    exact = (
        records == KEYS == UploadedItem.objects.count() == ApiUpload.objects.count()
        and all(len(each) == 1 for each in answers)
        and refused == OTHER_BODIES
    )
    return {
        "idempotency_keys": KEYS,
        "threads": THREADS,
        "records": records,
        "records_per_key": records / KEYS,
        "different_answers": sum(len(each) != 1 for each in answers),
        "conflicts_answered_409": statuses[409],
        "other_bodies_refused": refused,
        "storm_seconds": round(time.monotonic() - started, 1),
        "exact": exact,
    }


def _until_answered(
    connection: http.client.HTTPConnection, signer: Signer, number: int, statuses: Counter[int]
) -> tuple[int, bytes]:
    while True:
        status, answer = _send(connection, signer, number, "12.5")
        if status != 409:
            return status, answer
        statuses[status] += 1
        time.sleep(AGAIN_SECONDS)


def _send(
    connection: http.client.HTTPConnection, signer: Signer, number: int, quantity: str
) -> tuple[int, bytes]:
    said = item(f"storm-{number}") | {"quantity": quantity}
    body = json.dumps(said).encode()
    headers = signer.headers("POST", PATH, body, f"storm-key-{number:04d}")
    connection.request("POST", PATH, body, headers | {"Content-Type": "application/json"})
    answer = connection.getresponse()
    return answer.status, answer.read()


def _other_bodies(signers: list[Signer], port: int) -> int:
    """How many of the used keys refuse another body with 422."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    refused = 0
    for number in range(OTHER_BODIES):
        status, answer = _send(connection, signers[number % SIGNERS], number, "13.5")
        refused += status == 422 and b"idempotency_mismatch" in answer
    connection.close()
    return refused


def _fuzzed(signers: list[Signer], port: int) -> Metrics:
    if find_spec("schemathesis") is None:
        return {"fuzzed": MISSING}
    # A package of the developers; the platform itself runs without it.
    from traceability.measures.fuzz import fuzz

    found = fuzz(f"http://127.0.0.1:{port}", [signer.headers for signer in signers], cases=CASES)
    return {
        "operations": found.operations,
        "cases": found.cases,
        "server_errors": found.server_errors,
        "undocumented": len(found.undocumented),
        "first_undocumented": next(iter(found.undocumented), ""),
        "clean": not found.undocumented and found.operations >= LEAST_OPERATIONS,
    }
