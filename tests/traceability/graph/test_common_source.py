"""The common source: what explains most findings from nearest by, and on what assumptions."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.traceability.graph.slow_common_source import Edge, slow_edges, slow_ranking
from traceability.graph.common_source import CommonSource, Finding, Suspect

BATCHES = st.integers(1, 20)
LINKS = st.sets(st.tuples(BATCHES, BATCHES).filter(lambda pair: pair[0] != pair[1]), max_size=45)
FINDINGS = st.lists(
    st.builds(
        Finding,
        st.lists(BATCHES, min_size=1, max_size=3, unique=True).map(tuple),
        st.integers(1, 4),
        st.booleans(),
    ),
    min_size=1,
    max_size=6,
)
HEAPS = st.lists(st.sets(BATCHES, min_size=2, max_size=4), max_size=2)


def found(batch: int, weight: int = 4) -> Finding:
    return Finding((batch,), weight)


def clean(batch: int) -> Finding:
    return Finding((batch,), 4, is_clean=True)


def parents(links: set[Edge]) -> dict[int, list[int]]:
    return {child: sorted(p for c, p in links if c == child) for child, _ in links}


def source(links: set[Edge], *findings: Finding, **more: object) -> CommonSource:
    return CommonSource(findings, parents(links), **more)  # type: ignore[arg-type]


def of(suspects: list[Suspect], key: int) -> Suspect:
    return next(suspect for suspect in suspects if suspect.id == key)


@given(findings=FINDINGS, links=LINKS, heaps=HEAPS, without=st.sets(BATCHES, max_size=3))
def test_agrees_with_the_slow_count(
    findings: list[Finding], links: set[Edge], heaps: list[set[int]], without: set[int]
) -> None:
    """On any graph: cycles, several ways, heaps, exclusions, clean samples."""
    assume(any(not finding.is_clean for finding in findings))
    fast = CommonSource(findings, parents(links), heaps=heaps, without=without)
    edges = slow_edges(links, heaps, without)
    itself = {batch: batch for batch in range(1, 21)}
    owners = {batch: 100 + batch % 4 for batch in range(1, 21)}

    for suspects, owner_of in (
        (fast.batches(99), itself),
        (fast.operators(owners, 99), owners),
    ):
        expected = slow_ranking(findings, edges, owner_of, without)
        assert [(s.id, s.explained, s.clean, s.hops) for s in suspects] == [
            (key, explained, spared, hops) for key, explained, spared, _, hops in expected
        ]
        assert [s.score_ratio for s in suspects] == [
            pytest.approx(float(score)) for *_, score, _ in expected
        ]


@given(findings=FINDINGS, links=LINKS)
def test_a_path_follows_the_links_and_is_shortest(
    findings: list[Finding], links: set[Edge]
) -> None:
    assume(any(not finding.is_clean for finding in findings))
    fast = CommonSource(findings, parents(links))

    for suspect in fast.batches(99):
        paths = [fast.path(number, suspect.id) for number in suspect.explained]
        assert sum(len(path) - 1 for path in paths) == suspect.hops
        for number, path in zip(suspect.explained, paths, strict=True):
            assert path[0] in findings[number].batch_ids
            assert path[-1] == suspect.id
            assert set(pairwise(path)) <= links


def test_the_batch_that_all_share_comes_first() -> None:
    """Two bakers, one flour: 30 went into 20 and 21, and both into the failed samples."""
    bakers = {(1, 20), (2, 20), (3, 21), (20, 30), (21, 30), (20, 40)}

    ranked = source(bakers, found(1), found(2), found(3)).batches(9)

    assert [s.id for s in ranked][:2] == [30, 20]
    assert ranked[0].score_ratio == 1
    assert ranked[1].explained == (0, 1)
    assert ranked[1].score_ratio == pytest.approx(2 / 3)


def test_of_two_that_explain_the_same_the_nearer_is_first_and_the_farther_repeated() -> None:
    ranked = source({(1, 10), (2, 10), (10, 11), (11, 12)}, found(1), found(2)).batches(3)

    assert [(s.id, s.is_repeated) for s in ranked] == [(10, False), (11, True), (12, True)]


def test_what_is_not_asked_about_does_not_fold_what_is() -> None:
    spread = source({(1, 10), (2, 10), (10, 11), (11, 12)}, found(1), found(2))

    ranked = spread.batches(3, among={11, 12})

    assert [(s.id, s.is_repeated) for s in ranked] == [(11, False), (12, True)]
    assert not spread.batches(1, among={12})[0].is_repeated
    assert of(spread.batches(9, among={10, 12}), 12).is_repeated


def test_equal_suspects_come_in_the_order_of_their_ids() -> None:
    ranked = source({(1, 11), (1, 10), (2, 10), (2, 11)}, found(1), found(2)).batches(2)

    assert [s.id for s in ranked] == [10, 11]


def test_a_laboratory_counts_more_than_a_complaint() -> None:
    ranked = source({(1, 10), (2, 11)}, found(1, 4), found(2, 2)).batches(9)

    assert of(ranked, 10).score_ratio == pytest.approx(4 / 6)
    assert of(ranked, 11).score_ratio == pytest.approx(2 / 6)


def test_a_clean_sample_downstream_counts_half_of_a_failed_one() -> None:
    links = {(1, 10), (2, 10), (1, 11), (2, 11), (3, 10)}

    ranked = source(links, found(1), found(2), clean(3)).batches(9)

    assert (ranked[0].id, ranked[0].score_ratio, ranked[0].clean) == (11, 1.0, ())
    assert (of(ranked, 10).score_ratio, of(ranked, 10).clean) == (0.8, (2,))


def test_what_only_clean_samples_reach_is_no_suspect() -> None:
    ranked = source({(1, 10), (2, 11)}, found(1), clean(2)).batches(9)

    assert {s.id for s in ranked} == {1, 10}


def test_an_excluded_batch_passes_nothing_on() -> None:
    links = {(1, 10), (2, 10), (10, 20), (1, 30), (2, 30)}

    ranked = source(links, found(1), found(2), without={10}).batches(9)

    assert {s.id for s in ranked} == {1, 2, 30}


def test_an_excluded_finding_still_leads_upward_from_itself() -> None:
    ranked = source({(1, 10), (2, 1)}, found(1), found(2), without={1}).batches(9)

    assert {s.id: s.explained for s in ranked} == {10: (0,), 2: (1,)}


def test_a_heap_leads_from_one_batch_to_what_lay_beside_it() -> None:
    links = {(1, 10), (2, 20), (3, 20)}
    apart = source(links, found(1), found(2), found(3))
    together = source(links, found(1), found(2), found(3), heaps=[{1, 2}])

    assert of(apart.batches(9), 20).explained == (1, 2)
    assert of(together.batches(9), 20).explained == (0, 1, 2)
    assert together.path(0, 20) == [1, 2, 20]


def test_several_batches_of_one_ingredient_are_one_operator() -> None:
    """Neither batch explains both findings; their seller does."""
    links = {(1, 10), (2, 11)}
    owner_of = {1: 100, 2: 200, 10: 500, 11: 500}
    both = source(links, found(1), found(2))

    assert both.batches(1)[0].score_ratio == 0.5
    assert [(s.id, s.score_ratio) for s in both.operators(owner_of, 1)] == [(500, 1.0)]


def test_goods_sent_back_in_a_circle_are_counted_once() -> None:
    ranked = source({(1, 2), (2, 3), (3, 1)}, found(1)).batches(9)

    assert [(s.id, s.hops) for s in ranked] == [(1, 0), (2, 1), (3, 2)]


def test_one_finding_of_several_batches_is_explained_by_any_of_them() -> None:
    ill_guest = Finding((1, 2, 3), 3)

    ranked = source({(2, 10), (4, 10)}, ill_guest, found(4)).batches(1)

    assert (ranked[0].id, ranked[0].explained) == (10, (0, 1))
