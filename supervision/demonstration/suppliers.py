"""Suppliers of the demonstration that are not on the platform."""

from __future__ import annotations

from enterprises.models import Sector
from supervision.demonstration import names
from supervision.demonstration.shops import Shop
from traceability.rules.partners import PartnerDraft

# A province, one of its cities, and what comes from there to whom.
OUTSIDE = {
    "supermarket": ("江苏", "徐州", "农产品有限公司"),
    "grocer": ("河北", "邯郸", "果蔬专业合作社"),
    "stall": ("河北", "唐山", "果蔬专业合作社"),
    "health_shop": ("浙江", "杭州", "保健食品有限公司"),
    "baby_shop": ("黑龙江", "哈尔滨", "乳业有限公司"),
    "city_wholesaler": ("广西", "南宁", "水果有限公司"),
}


def supplier_of(shop: Shop) -> PartnerDraft:
    """Who brings the shop what is not of the province; kitchens buy their meat around the corner."""
    county = shop.plan.county
    brand = names.BRANDS[county.pk % len(names.BRANDS)]
    phone = names.phone(9_000_000 + county.pk % 100_000)
    if shop.plan.trade.sector == Sector.CATERING:
        return PartnerDraft(
            name=f"{names.short_name(county.name)}{brand}生鲜配送部",
            is_supplier=True,
            address=f"{county.name}{brand}路16号",
            contact_name="赵经理",
            contact_phone=phone,
        )
    province, city, form = OUTSIDE[shop.plan.trade.key]
    return PartnerDraft(
        name=f"{province}{brand}{form}",
        is_supplier=True,
        is_outside_province=True,
        address=f"{province}{'' if province == '广西' else '省'}{city}市{brand}路16号",
        contact_name="赵经理",
        contact_phone=phone,
    )
