from datetime import UTC, datetime

from shilian.db import ids


def test_ids_ascend_and_never_repeat():
    taken = ids.new_ids(10_000) + ids.new_ids(10_000)

    assert len(set(taken)) == 20_000
    assert taken == sorted(taken)


def test_ids_placed_at_a_past_instant_lie_in_its_millisecond_and_never_repeat():
    at = datetime(2026, 9, 1, 4, 30, tzinfo=UTC)

    taken = ids.new_ids(50, at=at) + ids.new_ids(50, at=at)

    assert len(set(taken)) == 100
    assert {ids.made_at(i) for i in taken} == {at}
    assert min(taken) >= ids.lower_bound(at)


def test_placed_ids_never_repeat_even_when_moments_go_back():
    maker = ids.IdMaker(worker=1)
    morning = datetime(2026, 8, 5, 1, tzinfo=UTC)
    evening = datetime(2026, 8, 5, 12, tzinfo=UTC)

    taken = [
        id_
        for at in (morning, evening, morning, evening, morning)
        for id_ in maker.take(10_000, at=at)
    ]

    assert len(set(taken)) == 50_000
