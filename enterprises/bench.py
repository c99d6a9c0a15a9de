"""Speed of the job engine: what writing work down and reporting progress cost."""

from __future__ import annotations

from django.db import transaction

from enterprises.actor import platform_actor
from enterprises.jobs import Run, handler
from enterprises.operations import jobs
from shilian import clock
from shilian.bench import Metrics, benchmark
from shilian.bench.measure import percentile, samples_ms

TIMES = 300


@handler("bench_progress")
def report_progress(run: Run) -> dict[str, list[float]]:
    def report() -> None:
        with transaction.atomic():
            run.progress(run.done_count + 1)

    return {"taken_ms": samples_ms(report, TIMES)}


@benchmark("jobs")
def measure_jobs() -> Metrics:
    """Milliseconds to enqueue a job and to commit one report of progress."""

    def enqueue() -> None:
        jobs.enqueue(by=platform_actor(), kind="bench_progress", payload={}, at=clock.now())

    enqueued = samples_ms(enqueue, TIMES)
    job = jobs.enqueue(by=platform_actor(), kind="bench_progress", payload={}, at=clock.now())
    reported = jobs.run_to_end(job.pk).result["taken_ms"]
    return {
        "enqueue_p50_ms": round(percentile(enqueued, 50), 3),
        "enqueue_p95_ms": round(percentile(enqueued, 95), 3),
        "progress_p50_ms": round(percentile(reported, 50), 3),
        "progress_p95_ms": round(percentile(reported, 95), 3),
    }
