"""Which legal fields a record needs, by subject; which of them it has (法定要素完整度).

Source: Food Safety Law articles 50, 51, 53, 65 and 98; domain.md sections 1.1 and 1.3. Fields that
the law does not ask of a subject are never demanded of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Literal, Protocol

Kind = Literal["purchase", "sale", "inspection"]


class OperatorFacts(Protocol):
    """What an operator must tell about itself here."""

    sector: str
    kind: str
    is_wholesale: bool

    @property
    def is_enterprise(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose record of which goods: this alone decides what the law asks."""

    sector: str
    is_enterprise: bool
    is_wholesale: bool = False
    is_farm_produce: bool = False
    is_imported: bool = False
    is_own_made: bool = False
    needs_no_shelf_life: bool = False

    def with_goods(
        self,
        *,
        is_farm_produce: bool,
        is_imported: bool = False,
        is_own_made: bool = False,
        needs_no_shelf_life: bool = False,
    ) -> Subject:
        return replace(
            self,
            is_farm_produce=is_farm_produce,
            is_imported=is_imported,
            is_own_made=is_own_made,
            needs_no_shelf_life=needs_no_shelf_life,
        )


def subject_of(operator: OperatorFacts) -> Subject:
    return Subject(operator.sector, operator.is_enterprise, operator.is_wholesale)


@dataclass(frozen=True, slots=True)
class LegalField:
    """One thing the law asks for; ``basis`` is the article, ``why`` a sentence for the person."""

    code: str
    label: str
    basis: str
    why: str


@dataclass(frozen=True, slots=True)
class Completeness:
    met: tuple[LegalField, ...]
    missing: tuple[LegalField, ...]
    basis: str

    @property
    def is_complete(self) -> bool:
        return not self.missing

    @property
    def ratio(self) -> float | None:
        """Share of the legal fields that are met; None when the law asks for none."""
        asked = len(self.met) + len(self.missing)
        return len(self.met) / asked if asked else None


NAME = ("name", "名称", "说清楚是什么食品，追溯和召回才找得到它。")
SPECIFICATION = ("specification", "规格", "同名食品的规格不同，召回时按规格区分。")
QUANTITY = ("quantity", "数量", "算得清进了多少、卖了多少、还剩多少。")
DATE_OR_BATCH = (
    "produced_on_or_batch_number",
    "生产日期或生产批号",
    "两样填一样就行；出了问题按它锁定同一批食品。",
)
SHELF_LIFE = ("shelf_life", "保质期", "到期前提醒您，记录的保存期限也按它计算。")
CERTIFICATE = ("certificate_number", "检验合格证号", "证明这批食品出厂前检验合格。")
PURCHASED_ON = ("purchased_on", "进货日期", "说明货是哪天进的。")
SOLD_ON = ("sold_on", "销售日期", "说明货是哪天卖出的。")
SUPPLIER_NAME = ("supplier_name", "供货者名称", "说明货从谁那里来。")
SUPPLIER_ADDRESS = ("supplier_address", "供货者地址", "需要时能找到供货者。")
SUPPLIER_CONTACT = ("supplier_contact", "供货者联系方式", "需要时能联系到供货者。")
BUYER_NAME = ("buyer_name", "购货者名称", "说明货卖给了谁。")
BUYER_ADDRESS = ("buyer_address", "购货者地址", "召回时能找到购货者。")
BUYER_CONTACT = ("buyer_contact", "购货者联系方式", "召回时能通知到购货者。")
VOUCHER = ("voucher", "相关凭证", "票据编号、照片或合格证明任选一样，证明记录属实。")

_SUPPLIER = (SUPPLIER_NAME, SUPPLIER_ADDRESS, SUPPLIER_CONTACT)
_BUYER = (BUYER_NAME, BUYER_ADDRESS, BUYER_CONTACT)
_GOODS = (NAME, SPECIFICATION, QUANTITY, DATE_OR_BATCH, SHELF_LIFE)

ARTICLE_50 = "《食品安全法》第五十条"
ARTICLE_51 = "《食品安全法》第五十一条"
ARTICLE_53 = "《食品安全法》第五十三条第二款"
ARTICLE_53_TICKETS = "《食品安全法》第五十三条第一款"
ARTICLE_53_WHOLESALE = "《食品安全法》第五十三条第四款"
ARTICLE_65 = "《食品安全法》第六十五条"
ARTICLE_98 = "《食品安全法》第九十八条"
SMALL_BUSINESS = "《山东省食品小作坊小餐饮和食品摊点管理条例》第十二条"
FARM_CERTIFICATE = "《农产品质量安全法》第三十九条"

_Fields = tuple[tuple[str, str, str], ...]
SMALL_KINDS = ("workshop", "small_catering", "stall")


def _purchase_duty(subject: Subject) -> tuple[str, _Fields]:
    if subject.sector == "farm":
        return "", ()
    if subject.is_farm_produce:
        return ARTICLE_65, (NAME, QUANTITY, PURCHASED_ON, *_SUPPLIER, VOUCHER)
    if not subject.is_enterprise:
        # The record duty binds enterprises; everybody checks the supplier and keeps the ticket.
        return ARTICLE_53_TICKETS, (NAME, PURCHASED_ON, SUPPLIER_NAME, VOUCHER)
    if subject.is_imported:
        return ARTICLE_98, (*_GOODS, PURCHASED_ON, *_SUPPLIER, VOUCHER)
    if subject.sector == "production":
        return ARTICLE_50, (*_GOODS, PURCHASED_ON, *_SUPPLIER, VOUCHER)
    return ARTICLE_53, (*_GOODS, PURCHASED_ON, *_SUPPLIER, VOUCHER)


def _sale_duty(subject: Subject) -> tuple[str, _Fields]:
    if not subject.is_enterprise:
        return "", ()
    if subject.sector == "farm":
        return FARM_CERTIFICATE, (NAME, QUANTITY, SOLD_ON, VOUCHER)
    if subject.sector == "production" or (subject.sector == "special" and subject.is_own_made):
        return ARTICLE_51, (*_GOODS, CERTIFICATE, SOLD_ON, *_BUYER, VOUCHER)
    if not subject.is_wholesale:
        return "", ()
    if subject.is_farm_produce:
        return ARTICLE_65, (NAME, QUANTITY, SOLD_ON, BUYER_NAME)
    if subject.is_imported:
        return ARTICLE_98, (*_GOODS, SOLD_ON, *_BUYER, VOUCHER)
    return ARTICLE_53_WHOLESALE, (*_GOODS, SOLD_ON, *_BUYER, VOUCHER)


def _inspection_duty(subject: Subject) -> tuple[str, _Fields]:
    if not subject.is_enterprise:
        return "", ()
    return ARTICLE_51, (*_GOODS, CERTIFICATE)


_DUTIES = {"purchase": _purchase_duty, "sale": _sale_duty, "inspection": _inspection_duty}


@lru_cache(maxsize=512)
def required_fields(subject: Subject, kind: Kind) -> tuple[LegalField, ...]:
    """The fields the law asks of this subject for this kind of record, in the law's order.

    A shelf life that no label has to say is asked of no record.
    Source: GB 7718-2011 section 4.3; ``rules/exemptions.py``.
    """
    basis, fields = _DUTIES[kind](subject)
    if subject.needs_no_shelf_life:
        fields = tuple(field for field in fields if field != SHELF_LIFE)
    return tuple(LegalField(code, label, basis, why) for code, label, why in fields)


@lru_cache(maxsize=512)
def required_codes(subject: Subject, kind: Kind) -> tuple[str, ...]:
    return tuple(field.code for field in required_fields(subject, kind))


def missing_fields(subject: Subject, kind: Kind, values: Mapping[str, Any]) -> list[str]:
    """The codes of the legal fields that ``values`` leaves empty, in the law's order."""
    return [code for code in required_codes(subject, kind) if not values.get(code)]


def completeness(subject: Subject, kind: Kind, missing: list[str]) -> Completeness:
    """What is met, what is missing and under which article, for a record's stored ``missing``."""
    asked = required_fields(subject, kind)
    absent = frozenset(missing)
    return Completeness(
        met=tuple(field for field in asked if field.code not in absent),
        missing=tuple(field for field in asked if field.code in absent),
        basis=asked[0].basis if asked else "",
    )
