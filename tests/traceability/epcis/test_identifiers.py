"""GS1 identifiers in both spellings, and what only looks like one."""

from __future__ import annotations

import pytest

from traceability.epcis import identifiers
from traceability.epcis.identifiers import BadIdentifier, canonical, read, urn_of

# The URN, the Digital Link, and whether it names a single thing.
PAIRS = [
    ("urn:epc:id:sgtin:0614141.011111.987", "/01/00614141111114/21/987", "instance"),
    ("urn:epc:class:lgtin:4012345.012345.Lot987", "/01/04012345123456/10/Lot987", "class"),
    ("urn:epc:idpat:sgtin:4012345.098765.*", "/01/04012345987652", "class"),
    ("urn:epc:id:sscc:4012345.0000000333", "/00/040123450000003338", "instance"),
    ("urn:epc:id:sgln:4012345.00011.0", "/414/4012345000115", "instance"),
    ("urn:epc:id:sgln:4012345.00011.987", "/414/4012345000115/254/987", "instance"),
    ("urn:epc:id:pgln:4012345.00000", "/417/4012345000009", "instance"),
    ("urn:epc:id:gdti:4012345.11111.123", "/253/4012345111118123", "instance"),
    ("urn:epc:id:grai:4012345.55555.987", "/8003/04012345555554987", "instance"),
    ("urn:epc:id:giai:4000001.111", "/8004/4000001111", "instance"),
    ("urn:epc:id:giai:4000001.a%22(1", "/8004/4000001a%22%281", "instance"),
    ("urn:epc:id:gsrn:4012345.0000000333", "/8018/401234500000003334", "instance"),
    ("urn:epc:id:gsrnp:4012345.0000000333", "/8017/401234500000003334", "instance"),
    ("urn:epc:id:gsin:4012345.000000333", "/402/40123450000003338", "instance"),
    ("urn:epc:id:ginc:4012345.ABC", "/401/4012345ABC", "instance"),
    ("urn:epc:id:sgcn:4012345.67890.04711", "/255/401234567890104711", "instance"),
    ("urn:epc:id:cpi:4012345.98765.12345", "/8010/401234598765/8011/12345", "instance"),
    ("urn:epc:id:itip:4012345.012345.01.02.987", "/8006/040123451234560102/21/987", "instance"),
    ("urn:epc:id:upui:4012345.098765.AB12", "/01/04012345987652/235/AB12", "instance"),
]


@pytest.mark.parametrize(("urn", "link", "level"), PAIRS)
def test_both_spellings_name_one_key(urn: str, link: str, level: str) -> None:
    key = read(urn)

    assert key is not None
    assert (key.uri, key.level) == (f"https://id.gs1.org{link}", level)
    assert read(key.uri) == key
    assert urn_of(key, 7) == urn


@pytest.mark.parametrize(
    "link",
    [
        "https://id.gs1.org/01/614141111114/10/L1",
        "https://shop.example.cn/a/b/01/00614141111114/10/L1?utm=1#x",
        "http://example.com/01/00614141111114/22/2A/10/L1/",
    ],
)
def test_a_link_of_any_shop_is_the_same_lot(link: str) -> None:
    assert canonical(link) == "https://id.gs1.org/01/00614141111114/10/L1"


@pytest.mark.parametrize(
    ("uri", "code"),
    [
        ("https://id.gs1.org/01/00614141111115/10/L1", "epc_wrong_check_digit"),
        ("https://id.gs1.org/00/040123450000003339", "epc_wrong_check_digit"),
        ("https://id.gs1.org/414/4012345000116", "epc_wrong_check_digit"),
        ("https://id.gs1.org/417/401234500000", "epc_malformed"),
        ("https://id.gs1.org/01/123/21/1", "epc_malformed"),
        ("urn:epc:id:sgtin:0614141.01111.987", "epc_malformed"),
        ("urn:epc:id:sgtin:06141.01111111.987", "epc_prefix_length"),
        ("urn:epc:id:sscc:4012345.0000000333.1", "epc_malformed"),
        ("urn:epc:id:nothing:1.2.3", "epc_scheme_unknown"),
        ("urn:epc:idpat:sgtin:4012345.098765.7", "epc_malformed"),
        ("urn:epc:id:sgtin:0614141.011111", "epc_malformed"),
    ],
)
def test_what_only_looks_like_a_key_is_refused(uri: str, code: str) -> None:
    with pytest.raises(BadIdentifier) as refusal:
        read(uri)

    assert refusal.value.code == code


@pytest.mark.parametrize(
    "uri", ["https://example.com/goods/7", "urn:uuid:1", "urn:epc:id:gid:1.2.3", "http://a.b/01"]
)
def test_an_identifier_of_ones_own_stays_as_it_is(uri: str) -> None:
    assert read(uri) is None
    assert canonical(uri) == uri


def test_a_lot_with_signs_survives_its_address() -> None:
    uri = identifiers.lot_uri("6901234567892", "A/1 号")
    key = read(identifiers.lot_uri("6901234567892", "A/1+2"))

    assert " " not in uri
    assert key is not None
    assert (key.value, key.extra) == ("06901234567892", "A/1+2")
