"""Who lives in the demonstration province: the operators of each county, drawn from the seed."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from stdnum.iso7064 import mod_11_10

from enterprises.models import CateringClass, Division, OperatorKind, Sector
from supervision.demonstration import names
from supervision.demonstration.catalogue import RECIPES, REPACKING, Goods, Recipe

K = OperatorKind
SUSPENDED_SHARE = 0.01
# The shares in the least and in the most diligent city; the others lie between.
LISTED_SHARES = (0.24, 0.05)
QUIET_SHARES = (0.34, 0.12)
# Counties join month by month, as a campaign grows; each month so many of a hundred. Their people
# are activated a month before they begin.
JOINED_BY_MONTH = (0, 12)
# Where a city's centre is there are more shops, and most of these came late or not at all.
LATE_TRADES = ("grocer", "restaurant", "stall")
LATE_IN_TOWN = 3
LATE_LISTED_SHARE = 0.5
LATE_QUIET_SHARE = 0.75
# Those whose goods move the others'.
CHAIN = ("farm", "factory", "repacker", "city_wholesaler", "wholesaler")


@dataclass(frozen=True, slots=True)
class Trade:
    """One trade of the demonstration and how many of it each county has.

    ``labels`` are what its names end in, turn by turn.
    """

    key: str
    labels: tuple[str, ...]
    sector: Sector
    kind: OperatorKind
    per_county: int
    goods_classes: tuple[str, ...] = ()
    catering_class: str = ""
    is_wholesale: bool = False


TRADES = (
    Trade("farm", ("种植养殖专业合作社",), Sector.FARM, K.COOPERATIVE, 1, ("K01_VEG", "K02_FRUIT")),
    Trade("factory", (), Sector.PRODUCTION, K.ENTERPRISE, 1),
    Trade(
        "wholesaler",
        ("食品批发有限公司",),
        Sector.CIRCULATION,
        K.ENTERPRISE,
        1,
        is_wholesale=True,
        goods_classes=("K01_VEG", "K04_GRAIN", "K07_OIL", "K06_DAIRY"),
    ),
    Trade(
        "supermarket",
        ("超市", "生活超市"),
        Sector.CIRCULATION,
        K.ENTERPRISE,
        2,
        ("K01_VEG", "K02_FRUIT", "K04_GRAIN", "K06_DAIRY", "K07_OIL", "K08_ALCOHOL"),
    ),
    Trade(
        "grocer",
        ("便民菜店", "果蔬店"),
        Sector.CIRCULATION,
        K.INDIVIDUAL,
        2,
        ("K01_VEG", "K02_FRUIT"),
    ),
    Trade("stall", ("蔬果摊",), Sector.CIRCULATION, K.STALL, 1, ("K01_VEG",)),
    Trade("restaurant", ("家常菜馆", "火锅店"), Sector.CATERING, K.INDIVIDUAL, 1),
    Trade("small_catering", ("快餐店",), Sector.CATERING, K.SMALL_CATERING, 1),
    Trade(
        "school",
        ("实验学校食堂",),
        Sector.CATERING,
        K.PUBLIC_BODY,
        1,
        catering_class=CateringClass.SCHOOL,
    ),
    Trade("health_shop", ("保健食品店",), Sector.SPECIAL, K.ENTERPRISE, 1, ("K09_HEALTH",)),
    Trade("baby_shop", ("母婴用品店",), Sector.SPECIAL, K.ENTERPRISE, 1, ("K10_INFANT",)),
)
# One of each in a city's first county.
CITY_TRADES = (
    Trade("repacker", (), Sector.PRODUCTION, K.ENTERPRISE, 1),
    Trade(
        "city_wholesaler",
        ("农产品批发有限公司",),
        Sector.CIRCULATION,
        K.ENTERPRISE,
        1,
        ("K01_VEG", "K02_FRUIT", "K04_GRAIN", "K05_MEAT", "K07_OIL"),
        is_wholesale=True,
    ),
    Trade(
        "kitchen",
        ("中央厨房有限公司",),
        Sector.CATERING,
        K.ENTERPRISE,
        1,
        catering_class=CateringClass.CENTRAL_KITCHEN,
    ),
    Trade(
        "group_meal",
        ("餐饮配送有限公司",),
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
    """One operator to be put on the roster; ``conduct`` says how it will behave.

    ``place`` counts the shops of one trade in a county, ``turn`` goes round what a trade is called
    and buys; the months of ``activated_in`` and
    ``joins_in`` count from the first of the demonstration.
    """

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
    place: int
    turn: int
    activated_in: int
    joins_in: int
    is_in_town: bool
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
    town = _Town(
        county, townships, seed=seed, is_first=is_first, recipe=RECIPES[index % len(RECIPES)]
    )
    brands = random.sample(names.BRANDS, len(names.BRANDS))
    number = 0
    for trade in TRADES + (CITY_TRADES if is_first else ()):
        late = LATE_IN_TOWN if is_first and trade.key in LATE_TRADES else 0
        for place in range(trade.per_county + late):
            number += 1
            is_late = place >= trade.per_county
            conduct = _late(random) if is_late else town.conduct(trade, place, random)
            recipe = town.recipes.get(trade.key)
            yield PlannedOperator(
                trade=trade,
                name=_name(trade, county, recipe, brands[number % len(brands)], index + place),
                credit_code=names.credit_code(county.code, number),
                licence_number=_licence_number(trade, county, number),
                **town.whereabouts(random),
                legal_person=names.person_name(random),
                phone=names.phone(index * 100 + number),
                conduct=conduct,
                place=place,
                turn=index + place,
                activated_in=town.activated_in(conduct, random),
                joins_in=town.joins_in,
                is_in_town=is_first,
                crop=town.recipes["factory"].source if trade.key == "farm" else None,
                recipe=recipe,
            )


class _Town:
    """What the operators of one county have in common."""

    def __init__(
        self,
        county: Division,
        townships: Sequence[Division],
        *,
        seed: int,
        is_first: bool,
        recipe: Recipe,
    ) -> None:
        self.county = county
        self.townships = townships
        self.is_first = is_first
        self.recipes = {"factory": recipe, "repacker": REPACKING}
        self.diligence = Random(f"{seed}:city:{county.parent_id}").random()
        drawn = Random(f"{seed}:joins:{county.code}").randrange(100)
        self.joins_in = 0 if is_first else bisect_right(JOINED_BY_MONTH, drawn)

    def whereabouts(self, random: Random) -> dict[str, Any]:
        township = random.choice(self.townships) if self.townships else self.county
        street = f"{random.choice(names.BRANDS)}路{random.randint(1, 299)}号"
        return {
            "township": township,
            "county": self.county,
            "address": f"{self.county.name}{township.name}{street}",
        }

    def conduct(self, trade: Trade, place: int, random: Random) -> str:
        """The chain's own links and a centre's first shops always work; the others are as people are."""
        drawn = random.random()
        if trade.key in CHAIN or (self.is_first and place == 0):
            return "regular"
        listed, quiet = (
            least + (most - least) * self.diligence for least, most in (LISTED_SHARES, QUIET_SHARES)
        )
        shares = (listed, listed + SUSPENDED_SHARE, listed + SUSPENDED_SHARE + quiet)
        return ("listed", "suspended", "quiet", "regular")[bisect_right(shares, drawn)]

    def activated_in(self, conduct: str, random: Random) -> int:
        """The silent ones were activated when they were, the others before their county joined."""
        drawn = random.choice((0, 0, 1, 2, 3))
        return drawn if conduct == "quiet" else max(0, self.joins_in - 1)


def _name(trade: Trade, county: Division, recipe: Recipe | None, brand: str, turn: int) -> str:
    label = recipe.maker if recipe else trade.labels[turn % len(trade.labels)]
    return f"{names.short_name(county.name)}{brand}{label}"


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
    drawn = bisect_right((LATE_LISTED_SHARE, LATE_QUIET_SHARE), random.random())
    return ("listed", "quiet", "regular")[drawn]
