from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.db import connection

from enterprises.actor import Actor, OutOfScope, platform_actor
from enterprises.jobs import UnknownKind
from enterprises.models import AuditEntry, Job, RateBucket
from enterprises.operations import jobs
from enterprises.scope import Scope
from shilian import clock
from shilian.embedded.leash import leashed
from shilian.problems import Rejected
from tests.enterprises import counting_jobs

assert counting_jobs.count


def enqueue(kind: str = "count", **payload: object) -> Job:
    return jobs.enqueue(by=platform_actor(), kind=kind, payload=payload, at=clock.now())


def keyed(key: str) -> Job:
    at = clock.now()
    return jobs.enqueue(by=platform_actor(), kind="count", payload={"total": 10}, at=at, key=key)


def in_threads(act: Callable[[], object], count: int) -> list[object]:
    """What each of several threads, with connections of their own, gets when all act at once."""
    together, found = threading.Barrier(count), []

    def run() -> None:
        together.wait()
        try:
            found.append(act())
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def let_the_lease_run_out(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(lease_until=clock.now() - timedelta(seconds=1))


def until(condition: Callable[[], bool], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.05)


@pytest.mark.django_db
def test_a_job_runs_to_its_end():
    job = jobs.run_to_end(enqueue(total=30).pk)

    assert (job.state, job.done_count, job.result) == ("done", 30, {"written": 30})
    assert job.message == "已写入 30 行"
    assert job.lease_token is None
    assert job.finished_at is not None


@pytest.mark.django_db
def test_a_paused_job_goes_on_where_it_stopped():
    job = enqueue(total=30, pause=True)

    first = jobs.run_slice(job.pk, at=clock.now())

    assert (first.state, first.done_count) == ("queued", 10)
    assert jobs.run_to_end(job.pk).state == "done"
    assert RateBucket.objects.count() == 30


@pytest.mark.django_db
def test_a_job_waits_in_the_queue_of_its_kind_unless_told_otherwise():
    assert enqueue().queue == "small"
    large = jobs.enqueue(
        by=platform_actor(), kind="count", payload={}, at=clock.now(), queue=Job.Queue.LARGE
    )
    assert large.queue == "large"


@pytest.mark.django_db
def test_an_unknown_kind_is_refused_at_once():
    with pytest.raises(UnknownKind):
        enqueue("nonsense")

    assert Job.objects.count() == 0


@pytest.mark.django_db
def test_a_job_that_raises_is_tried_three_times_and_then_parked():
    job = jobs.run_to_end(enqueue("raise").pk)

    assert (job.state, job.attempts) == ("parked", 3)
    assert job.message == jobs.PARKED_MESSAGE


@pytest.mark.django_db
def test_a_job_that_raised_is_not_tried_again_at_once():
    job = enqueue("raise")
    jobs.run_slice(job.pk, at=clock.now())

    assert jobs.run_slice(job.pk, at=clock.now()) is None
    assert jobs.find_waiting(at=clock.now() + timedelta(minutes=1)) == [(job.pk, "default")]


@pytest.mark.django_db
def test_a_job_that_cannot_be_done_fails_with_its_sentence():
    job = jobs.run_to_end(enqueue("refuse").pk)

    assert (job.state, job.message, job.attempts) == ("failed", "表里没有数据。", 1)


@pytest.mark.django_db
def test_a_worker_that_lost_its_lease_writes_nothing_more():
    job = jobs.run_slice(enqueue("lose").pk, at=clock.now())

    assert (job.state, job.done_count) == ("running", 0)
    assert not RateBucket.objects.exists()


@pytest.mark.django_db
def test_a_job_in_good_hands_is_not_taken():
    job = enqueue(total=10)
    jobs.claim(job.pk, at=clock.now())

    assert jobs.claim(job.pk, at=clock.now()) is None
    assert jobs.find_waiting(at=clock.now()) == []


@pytest.mark.django_db
def test_a_cancelled_job_stops_before_its_next_chunk():
    person = Actor(person_id=5)
    job = jobs.enqueue(by=person, kind="count", payload={"total": 10}, at=clock.now())
    run = jobs.claim(job.pk, at=clock.now())

    assert jobs.cancel(by=person, job=job, at=clock.now())
    with pytest.raises(jobs.LeaseLost):
        run.progress(10)
    assert not jobs.cancel(by=person, job=job, at=clock.now())
    assert AuditEntry.objects.filter(event="job_cancelled", about_id=job.pk).count() == 1


@pytest.mark.django_db
def test_a_job_that_committed_its_last_piece_is_not_called_cancelled():
    person = Actor(person_id=5)
    job = jobs.enqueue(by=person, kind="count", payload={"total": 10}, at=clock.now())
    run = jobs.claim(job.pk, at=clock.now())
    run.progress(10, 10)

    assert not jobs.cancel(by=person, job=job, at=clock.now())

    assert Job.objects.get().state == "running"
    assert not AuditEntry.objects.filter(event="job_cancelled").exists()


@pytest.mark.django_db
def test_what_leaves_traces_halfway_is_not_cancelled():
    person = Actor(person_id=5)
    job = jobs.enqueue(by=person, kind="refuse", payload={}, at=clock.now())

    with pytest.raises(Rejected) as refused:
        jobs.cancel(by=person, job=job, at=clock.now())

    assert refused.value.codes == ["job_not_cancellable"]
    assert Job.objects.get().state == "queued"


@pytest.mark.django_db
def test_of_jobs_with_one_key_only_one_is_under_way():
    first, second = (keyed("month 5") for _ in range(2))
    other = keyed("month 6")
    jobs.run_to_end(first.pk)
    later = keyed("month 5")

    assert first.pk == second.pk
    assert len({first.pk, other.pk, later.pk}) == 3


@pytest.mark.django_db
def test_a_job_that_ended_while_it_was_being_kept_is_given_back():
    job = keyed("month 5")
    jobs.run_to_end(job.pk)

    assert jobs._insert(job).pk == job.pk
    assert Job.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_who_ask_at_once_get_one_job():
    found = in_threads(lambda: keyed("month 5").pk, count=4)

    assert len(set(found)) == 1
    assert Job.objects.count() == 1


@pytest.mark.django_db
def test_a_person_who_lost_the_right_meanwhile_is_told_so():
    job = jobs.run_to_end(enqueue("forbid").pk)

    assert (job.state, job.attempts) == ("failed", 1)
    assert job.message == jobs.NO_LONGER_ALLOWED


@pytest.mark.django_db
def test_a_stranger_neither_sees_nor_cancels_a_job():
    stranger = Actor(person_id=5, scope=Scope(operator_ids=(7,)))
    job = enqueue(total=10)

    with pytest.raises(OutOfScope):
        jobs.cancel(by=stranger, job=job, at=clock.now())
    assert not Job.objects.visible_to(stranger).exists()


@pytest.mark.django_db
def test_the_person_who_asked_sees_the_job():
    person = Actor(person_id=5)
    job = jobs.enqueue(by=person, kind="count", payload={}, at=clock.now())

    assert list(Job.objects.visible_to(person)) == [job]


@pytest.mark.django_db
def test_progress_forgives_earlier_attempts():
    job = enqueue(total=30, pause=True)
    Job.objects.filter(pk=job.pk).update(attempts=2)

    assert jobs.run_slice(job.pk, at=clock.now()).attempts == 0


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_one_job_write_each_row_once():
    job = enqueue(total=200)

    def work() -> None:
        try:
            jobs.run_slice(job.pk, at=clock.now())
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert Job.objects.get().state == "done"
    assert RateBucket.objects.count() == 200


@pytest.mark.django_db(transaction=True)
def test_without_a_broker_the_job_waits_for_the_sweep(settings):
    there, settings.REDIS_URL = settings.REDIS_URL, "unix:///nowhere/redis.sock"
    started = time.monotonic()

    job = enqueue(total=10)

    assert time.monotonic() - started < 1
    assert Job.objects.get(pk=job.pk).state == "queued"
    assert jobs.sweep(at=clock.now() + timedelta(seconds=30)) == 0
    settings.REDIS_URL = there
    assert jobs.sweep(at=clock.now() + timedelta(seconds=30)) == 1


@pytest.mark.django_db(transaction=True)
def test_a_killed_worker_loses_and_doubles_nothing(worker):
    job = enqueue(total=2000, seconds=0.02)
    process = worker()
    until(lambda: Job.objects.get().done_count >= 100)

    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    let_the_lease_run_out(job)
    Job.objects.filter(pk=job.pk).update(payload={"total": 2000})

    assert 100 <= Job.objects.get().done_count < 2000
    assert jobs.run_to_end(job.pk).state == "done"
    assert RateBucket.objects.count() == 2000


@pytest.mark.django_db(transaction=True)
def test_a_job_that_kills_its_worker_is_parked_after_three_attempts(worker):
    job = enqueue("kill_itself")
    worker()

    def parked() -> bool:
        Job.objects.filter(state="running").update(lease_until=clock.now() - timedelta(days=1))
        jobs.sweep(at=clock.now() + timedelta(minutes=1))
        return Job.objects.get().state == "parked"

    until(parked)
    assert Job.objects.get(pk=job.pk).attempts == 3


@pytest.fixture
def worker(child_environment: dict[str, str]) -> Iterator[Callable[[], subprocess.Popen]]:
    """Starts real Celery workers of their own process group, gone after the test."""
    started: list[subprocess.Popen] = []

    def start() -> subprocess.Popen:
        command = [sys.executable, "-m", "celery", "-A", "shilian", "--quiet", "worker"]
        options = ["-Q", "default,small,large", "-c", "1", "--without-mingle", "--without-gossip"]
        process = subprocess.Popen(
            leashed(
                [*command, *options, "--include", "tests.enterprises.counting_jobs", "-l", "ERROR"]
            ),
            env=child_environment,
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
