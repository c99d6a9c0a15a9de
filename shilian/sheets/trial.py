"""Thousands of spoilt sheets through everything that reads them: nobody dies, every refusal speaks."""

from __future__ import annotations

import resource
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from shilian.bench import Metrics, scenario
from shilian.sheets import mutations, reader
from shilian.sheets.refusals import SENTENCES, Refused

MUTANTS = 10_000
SEED = 20260401
MOST_SECONDS = 10.0
MOST_MEGABYTES = 512
WORKERS = 2
AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file: rows read, or the code of its refusal, or an error of ours."""

    rows: int
    code: str
    error: str
    seconds: float


@scenario("workbooks")
def workbooks() -> Metrics:
    """10,000 spoilt workbooks and text tables through preflight and the reading process."""
    return measure(MUTANTS)


def measure(count: int) -> Metrics:
    """How many of the spoilt files were read, refused, or broke something."""
    started = time.monotonic()
    outcomes: list[Outcome] = []
    spoilt = enumerate(mutations.mutants(count, seed=SEED))
    with TemporaryDirectory() as folder, ThreadPoolExecutor(WORKERS) as pool:
        # So many at a time, or all of them would lie in memory at once.
        while some := list(islice(spoilt, AT_ONCE)):
            outcomes += pool.map(lambda each: _try(Path(folder, str(each[0])), each[1]), some)
    errors = [outcome.error for outcome in outcomes if outcome.error]
    slowest = max(outcome.seconds for outcome in outcomes)
    peak_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    return {
        "mutants": len(outcomes),
        "read": sum(not outcome.code and not outcome.error for outcome in outcomes),
        "refused": sum(bool(outcome.code) for outcome in outcomes),
        "kinds_of_refusal": len({outcome.code for outcome in outcomes if outcome.code}),
        "errors": len(errors),
        "first_error": errors[0] if errors else "",
        "slowest_seconds": round(slowest, 2),
        "peak_mb": peak_mb,
        "seconds": round(time.monotonic() - started, 1),
        "passed": not errors and slowest <= MOST_SECONDS and peak_mb <= MOST_MEGABYTES,
    }


def _try(path: Path, content: bytes) -> Outcome:
    path.write_bytes(content)
    started = time.monotonic()
    rows, code, error = 0, "", ""
    try:
        rows = sum(1 for _ in reader.stream_sheet(path)) - 1
    except Refused as refused:
        code = refused.code
        if not refused.sentence.startswith(SENTENCES[code]):
            error = f"{code} without a sentence"
    except Exception as failure:
        # The trial is about errors nobody thought of: each is counted and named.
        error = f"{type(failure).__name__}: {failure}"
    path.unlink()
    return Outcome(rows, code, error, time.monotonic() - started)
