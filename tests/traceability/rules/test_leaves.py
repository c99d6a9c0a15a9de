from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from traceability.models import Channel
from traceability.rules.leaves import Form, canonical, leaf_hash

PLAIN = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(min_value=-(2**63), max_value=2**63 - 1),
    st.text(),
    st.dates(),
    st.datetimes(timezones=st.just(UTC)),
    st.decimals(allow_nan=False, allow_infinity=False, places=3, max_value=10**10, min_value=0),
    st.lists(st.text(max_size=5), max_size=3),
)


@given(st.lists(PLAIN, min_size=3, max_size=3), st.text())
def test_the_compiled_form_writes_the_same_bytes(values, constant):
    names = ["甲", 'b"%s', "a"]
    nested = {"z": values[1], "kind": constant}
    facts = {names[0]: values[0], names[1]: nested, names[2]: values[2]}
    form = Form({names[0]: 0, names[1]: {"z": 1, "kind": constant}, names[2]: 2})

    assert form.text(values) == canonical(facts)


@given(st.lists(PLAIN, min_size=4, max_size=4), st.lists(PLAIN, min_size=2, max_size=2), st.text())
def test_what_is_known_beforehand_is_written_once(values, others, constant):
    form = Form({"甲%s%": 0, 'b"%': {"z": 1, "kind": constant}, "a": 2, "d": 3})
    changed = [others[0], values[1], values[2], others[1]]

    known = form.with_known(values, {0, 3})

    assert known.text(values) == form.text(values)
    assert known.text(changed) == form.text(changed)


def test_keys_are_sorted_and_numbers_have_three_places():
    facts = {"数量": Decimal("2.5"), "on": date(2026, 5, 1), "channel": Channel.FORM}

    assert canonical(facts).decode() == '{"channel":"form","on":"2026-05-01","数量":"2.500"}'


def test_one_instant_has_one_form():
    shanghai = datetime(2026, 5, 1, 8, tzinfo=timezone(timedelta(hours=8)))

    assert canonical({"at": shanghai}) == canonical({"at": datetime(2026, 5, 1, tzinfo=UTC)})


def test_the_leaf_is_salted_and_prefixed():
    salt, facts = b"0" * 16, {"a": 1}

    text = json.dumps(facts, separators=(",", ":")).encode()
    assert leaf_hash(salt, facts) == sha256(b"\x00" + salt + text).digest()
    assert leaf_hash(b"1" * 16, facts) != leaf_hash(salt, facts)
