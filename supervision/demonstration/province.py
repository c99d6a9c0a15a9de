"""Who lives in the demonstration province: the operators of each county, drawn from the seed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from stdnum.iso7064 import mod_11_10

from enterprises.models import CateringClass, Division, OperatorKind, Sector
from supervision.demonstration import names
from supervision.demonstration.catalogue import RECIPES, Goods, Recipe

K = OperatorKind
LISTED_SHARE = 0.06
SUSPENDED_SHARE = 0.01
QUIET_SHARE = 0.24
# Where a city's centre is there are more shops, and most of these came late or not at all.
LATE_TRADES = ("grocer", "restaurant", "stall")
LATE_IN_TOWN = 3
LATE_LISTED_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Trade:
    """One trade of the demonstration and how many of it each county has."""

    key: str
    label: str
    sector: Sector
    kind: OperatorKind
    per_county: int
    goods_classes: tuple[str, ...] = ()
    catering_class: str = ""
    is_wholesale: bool = False


TRADES = (
    Trade("farm", "种植养殖专业合作社", Sector.FARM, K.COOPERATIVE, 1, ("K01_VEG", "K02_FRUIT")),
    Trade("factory", "", Sector.PRODUCTION, K.ENTERPRISE, 1),
    Trade(
        "wholesaler",
        "食品批发有限公司",
        Sector.CIRCULATION,
        K.ENTERPRISE,
        1,
        is_wholesale=True,
        goods_classes=("K01_VEG", "K04_GRAIN", "K07_OIL", "K06_DAIRY"),
    ),
    Trade(
        "supermarket",
        "超市",
        Sector.CIRCULATION,
        K.ENTERPRISE,
        2,
        ("K01_VEG", "K02_FRUIT", "K04_GRAIN", "K06_DAIRY", "K07_OIL", "K08_ALCOHOL"),
    ),
    Trade("grocer", "便民菜店", Sector.CIRCULATION, K.INDIVIDUAL, 2, ("K01_VEG", "K02_FRUIT")),
    Trade("stall", "蔬果摊", Sector.CIRCULATION, K.STALL, 1, ("K01_VEG",)),
    Trade("restaurant", "饭店", Sector.CATERING, K.INDIVIDUAL, 2),
    Trade("small_catering", "快餐店", Sector.CATERING, K.SMALL_CATERING, 1),
    Trade(
        "school",
        "实验学校食堂",
        Sector.CATERING,
        K.PUBLIC_BODY,
        1,
        catering_class=CateringClass.SCHOOL,
    ),
    Trade("health_shop", "保健食品店", Sector.SPECIAL, K.ENTERPRISE, 1, ("K09_HEALTH",)),
    Trade("baby_shop", "母婴用品店", Sector.SPECIAL, K.ENTERPRISE, 1, ("K10_INFANT",)),
)
# One of each in a city's first county.
CITY_TRADES = (
    Trade(
        "city_wholesaler",
        "农产品批发有限公司",
        Sector.CIRCULATION,
        K.ENTERPRISE,
        1,
        ("K01_VEG", "K02_FRUIT", "K04_GRAIN", "K05_MEAT", "K07_OIL"),
        is_wholesale=True,
    ),
    Trade(
        "kitchen",
        "中央厨房有限公司",
        Sector.CATERING,
        K.ENTERPRISE,
        1,
        catering_class=CateringClass.CENTRAL_KITCHEN,
    ),
    Trade(
        "group_meal",
        "餐饮配送有限公司",
        Sector.CATERING,
        K.ENTERPRISE,
        1,
        catering_class=CateringClass.GROUP_MEAL,
    ),
)
DOWNSTREAM = (
    "supermarket",
    "grocer",
    "stall",
    "restaurant",
    "small_catering",
    "school",
    "kitchen",
    "group_meal",
)


@dataclass(frozen=True, slots=True)
class PlannedOperator:
    """One operator to be put on the roster; ``conduct`` says how it will behave."""

    trade: Trade
    name: str
    credit_code: str
    licence_number: str
    township: Division
    county: Division
    address: str
    legal_person: str
    phone: str
    conduct: str
    crop: Goods | None = None
    recipe: Recipe | None = None

    @property
    def is_using(self) -> bool:
        return self.conduct in ("regular", "quiet")


def plan_county(
    county: Division, townships: Sequence[Division], *, index: int, is_first: bool, seed: int
) -> Iterator[PlannedOperator]:
    """The operators of one county; the same for the same seed.

    ``index`` is the county's place in the province and turns the recipes around.
    """
    random = Random(f"{seed}:{county.code}")
    recipe = RECIPES[index % len(RECIPES)]
    number = 0
    for trade in TRADES + (CITY_TRADES if is_first else ()):
        late = LATE_IN_TOWN if is_first and trade.key in LATE_TRADES else 0
        for place in range(trade.per_county + late):
            number += 1
            township = random.choice(townships) if townships else county
            yield PlannedOperator(
                trade=trade,
                name=_name(trade, county, recipe, random),
                credit_code=names.credit_code(county.code, number),
                licence_number=_licence_number(trade, county, number),
                township=township,
                county=county,
                address=f"{county.name}{township.name}{random.choice(names.BRANDS)}路{random.randint(1, 299)}号",
                legal_person=names.person_name(random),
                phone=names.phone(index * 100 + number),
                conduct=_late(random) if place >= trade.per_county else _conduct(trade, random),
                crop=recipe.source if trade.key == "farm" else None,
                recipe=recipe if trade.key == "factory" else None,
            )


def _name(trade: Trade, county: Division, recipe: Recipe, random: Random) -> str:
    place, brand = names.short_name(county.name), random.choice(names.BRANDS)
    if trade.key == "factory":
        return f"{place}{brand}{recipe.maker}"
    if trade.key == "school":
        return f"{place}{brand}{trade.label}"
    return f"{place}{brand}{trade.label}"


def _licence_number(trade: Trade, county: Division, number: int) -> str:
    if trade.sector == Sector.FARM or trade.kind in (K.STALL, K.SMALL_CATERING):
        return f"登{county.code}{number:05d}"
    digits = county.code[:6]
    if trade.sector == Sector.PRODUCTION:
        return "SC" + _with_check(f"101{digits}{number:04d}")
    form = "2" if trade.sector == Sector.CATERING else "1"
    return "JY" + _with_check(f"{form}{digits}{number:06d}")


def _with_check(digits: str) -> str:
    return digits + str(mod_11_10.calc_check_digit(digits))


def _late(random: Random) -> str:
    return "listed" if random.random() < LATE_LISTED_SHARE else "quiet"


def _conduct(trade: Trade, random: Random) -> str:
    """The chain's own links always work; the others are as people are."""
    if trade.key in ("farm", "factory", "city_wholesaler", "wholesaler"):
        return "regular"
    drawn = random.random()
    if drawn < LISTED_SHARE:
        return "listed"
    if drawn < LISTED_SHARE + SUSPENDED_SHARE:
        return "suspended"
    if drawn < LISTED_SHARE + SUSPENDED_SHARE + QUIET_SHARE:
        return "quiet"
    return "regular"
