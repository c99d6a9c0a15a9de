from __future__ import annotations

import io
import json

import pytest
from django.core.management import CommandError, call_command

from shilian.bench import Kind, find_benchmarks, registry
from shilian.bench.measure import best_rate, clocked, percentile, samples_ms


@pytest.mark.parametrize(
    ("percent", "value"), [(1, 1.0), (50, 2.0), (75, 3.0), (95, 4.0), (100, 4.0)]
)
def test_a_percentile_is_one_of_the_values(percent, value):
    assert percentile([4.0, 1.0, 3.0, 2.0], percent) == value


def test_samples_are_in_milliseconds():
    assert all(0 <= taken < 1000 for taken in samples_ms(lambda: None, 3))


def test_a_rate_counts_the_fastest_try():
    assert best_rate(lambda: None, 10) > 0


def test_a_block_is_timed_even_when_it_fails():
    with pytest.raises(KeyError), clocked() as taken:
        raise KeyError

    assert taken.seconds > 0


def test_apps_bring_benchmarks_and_crash_tests():
    assert "jobs" in [found.name for found in find_benchmarks(Kind.BENCH)]
    assert "worker_killed" in [found.name for found in find_benchmarks(Kind.CHAOS)]


def test_an_unknown_benchmark_is_refused_with_the_list():
    with pytest.raises(CommandError, match=r"没有 nonsense；现有：.*jobs"):
        call_command("bench", "nonsense")


@pytest.mark.django_db
def test_a_report_has_name_machine_and_metrics(monkeypatch):
    made = registry.Benchmark("tiny", Kind.BENCH, lambda: {"ratio": 0.5}, False)
    monkeypatch.setitem(registry._registered, (Kind.BENCH, "tiny"), made)
    monkeypatch.setattr("shilian.bench.runner.ensure_servers", lambda: None)
    monkeypatch.setattr("shilian.bench.runner.BenchmarkCommand._surround", lambda *a, **k: None)
    output = io.StringIO()

    call_command("bench", "tiny", "--inside", "--json", stdout=output)

    report = json.loads(output.getvalue())
    assert report["name"] == "tiny"
    assert report["metrics"] == {"ratio": 0.5}
    assert {"processor", "cores", "python", "postgres"} <= set(report["machine"])
