"""How goods move through the demonstration: farm → factory → wholesalers → shops and canteens.

Two months of a chain pass in a few stretches of days. Counties differ as they do outside: in some
every hand works in both stretches of a month, in the others only in the second.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

from enterprises.models import Sector
from supervision.demonstration import catalogue as goods
from supervision.demonstration import names
from supervision.demonstration.province import DOWNSTREAM
from supervision.demonstration.roster import Member
from supervision.demonstration.shops import Shop
from supervision.demonstration.windows import Window
from traceability.queries.stock import StockLine
from traceability.rules.partners import PartnerDraft

HARVEST_KG = 2_000
FRESH_KG = 300
SHARE = Decimal("0.2")
LARGEST_DEAL = Decimal(200)
SOLD_LINES = 12
HUB_LINES = 24
FAR_LINES = 4
SERVED = ("supermarket", "grocer", "school")
BUSY_COUNTIES = 1
# The other counties join month by month, as a campaign grows; each month so many of a hundred.
JOINED_BY_MONTH = (12, 24, 36, 50)
SPECIAL_GOODS = {"health_shop": goods.VITAMIN, "baby_shop": goods.INFANT_FORMULA}


@dataclass
class County:
    """The shops of one county, by what they do."""

    by_trade: dict[str, list[Shop]] = field(default_factory=lambda: defaultdict(list))
    is_busy: bool = False
    joins_in: int = 0

    def works_in(self, window: Window) -> bool:
        return self.is_busy or (window.is_second and window.month_number >= self.joins_in)

    def buyers(self) -> list[Shop]:
        """Whom the county's wholesaler serves: everybody, or one shop of each trade."""
        if self.is_busy:
            return list(self.each(*DOWNSTREAM))
        return [self.by_trade[trade][0] for trade in SERVED if self.by_trade[trade]]

    def each(self, *trades: str) -> Iterator[Shop]:
        for trade in trades:
            yield from self.by_trade[trade]


class Market:
    """Some cities that trade among themselves; two markets never touch, so two processes can run."""

    def __init__(self, members: Sequence[Member], *, seed: int) -> None:
        self.cities: dict[int, dict[int, County]] = defaultdict(lambda: defaultdict(County))
        for member in members:
            if not member.plan.is_using:
                continue
            shop = Shop(member.plan, member.operator, seed=seed)
            county = member.plan.county
            assert county.parent_id is not None
            self.cities[county.parent_id][county.pk].by_trade[member.plan.trade.key].append(shop)
        for city in self.cities.values():
            for place, county_id in enumerate(sorted(city)):
                drawn = Random(f"{seed}:{county_id}").randrange(100)
                city[county_id].is_busy = place < BUSY_COUNTIES
                city[county_id].joins_in = bisect_right(JOINED_BY_MONTH, drawn)
        self._hubs = [hub for city in self.cities.values() for hub in self._hubs_of(city)]

    @staticmethod
    def _hubs_of(city: dict[int, County]) -> list[Shop]:
        return [shop for county in city.values() for shop in county.each("city_wholesaler")]

    def run(self, window: Window) -> None:
        """One stretch of days, from the fields to the canteens."""
        for number, city in enumerate(self.cities.values()):
            hubs = self._hubs_of(city)
            working = [county for county in city.values() if county.works_in(window)]
            for county in working:
                self._grow(county, window)
                self._manufacture(county, hubs, window)
            for hub in hubs:
                self._distribute(hub, self._hubs[(number + 1) % len(self._hubs)], city, window)
            for county in working:
                self._wholesale(county, window)
                self._retail(county, window)

    def week(self, friday: date, at: datetime) -> None:
        """The canteens that must record everything: Tuesday to Friday, recorded on Friday."""
        days = [friday - timedelta(days=back) for back in (3, 2, 1, 0)]
        for city in self.cities.values():
            for shop in city[min(city)].each("school", "kitchen", "group_meal"):
                if shop.plan.conduct == "regular":
                    shop.buy(_supplier(shop), goods.PIG, days, at)

    def last_sales(self, today: date, at: datetime) -> None:
        """This morning's deliveries, which wait for their buyers."""
        for city in self.cities.values():
            for county in city.values():
                for seller in county.each("wholesaler"):
                    if county.is_busy:
                        lines = seller.on_hand(today)[:SOLD_LINES]
                        seller.sell(_deals(lines, county.buyers()), [today], at)

    def _grow(self, county: County, window: Window) -> None:
        for farm in county.each("farm"):
            crop = farm.plan.crop or goods.WHEAT
            fresh = goods.FRESH[window.number % len(goods.FRESH)]
            farm.harvest([(crop, HARVEST_KG), (fresh, FRESH_KG)], window.days, window.at(7))
            lines = farm.on_hand(window.last)
            own = [line for line in lines if line.name == crop.name]
            rest = [line for line in lines if line.name != crop.name]
            deals = _whole(own, list(county.each("factory")))
            deals += _whole(rest, list(county.each("wholesaler")))
            farm.sell(deals, window.days, window.at(8))

    def _manufacture(self, county: County, hubs: Sequence[Shop], window: Window) -> None:
        """Today's materials wait for the next stretch; what was made today leaves today."""
        for factory in county.each("factory"):
            recipe = factory.plan.recipe
            if recipe is None:
                continue
            first = window.days[0]
            stock = factory.on_hand(first)
            raw = [line for line in stock if not line.is_made and line.received_on < first]
            if raw:
                per_unit = Decimal(recipe.per_unit)
                factory.make(recipe.output, per_unit, raw[:4], window.days, window.at(10))
            factory.accept_waiting(window.at(15))
            made = [line for line in factory.on_hand(window.last) if line.is_made]
            factory.sell(_whole(made, hubs), window.days, window.at(16))

    def _distribute(
        self, hub: Shop, neighbour: Shop, city: dict[int, County], window: Window
    ) -> None:
        """From the city's wholesaler to its counties, and some of it to another city."""
        hub.accept_waiting(window.at(17))
        lines = hub.on_hand(window.last)[:HUB_LINES]
        buyers = [shop for county in city.values() for shop in county.each("wholesaler")]
        # The oldest goods go far; a hub that holds little keeps it for its own counties.
        far = lines[:FAR_LINES] if neighbour is not hub and len(lines) > FAR_LINES else []
        away = [(line, neighbour, _part(line)) for line in far]
        hub.sell(away + _deals(lines[len(far) :], buyers, turns=2), window.days, window.at(18))

    def _wholesale(self, county: County, window: Window) -> None:
        for seller in county.each("wholesaler"):
            seller.accept_waiting(window.at(19))
            lines = seller.on_hand(window.last)[:SOLD_LINES]
            seller.sell(_deals(lines, county.buyers()), window.days, window.at(20))

    def _retail(self, county: County, window: Window) -> None:
        """Shops buy outside once a month, kitchens of busy counties in every stretch."""
        for trade in (*DOWNSTREAM, *SPECIAL_GOODS):
            shops = county.by_trade[trade]
            for shop in shops if county.is_busy else shops[:1]:
                is_catering = shop.plan.trade.sector == Sector.CATERING
                buys = county.is_busy if is_catering else window.is_second
                if buys and shop.plan.conduct == "regular":
                    shop.buy(_supplier(shop), _own_goods(shop), window.days, window.at(21))
        if window.is_second:
            for shop in county.buyers():
                shop.accept_waiting(window.at(21, 30))


def _own_goods(shop: Shop) -> goods.Goods:
    special = SPECIAL_GOODS.get(shop.plan.trade.key)
    if special:
        return special
    return goods.PIG if shop.plan.trade.sector == Sector.CATERING else goods.CUCUMBER


def _supplier(shop: Shop) -> PartnerDraft:
    """A supplier that is not on the platform."""
    place = names.short_name(shop.plan.county.name)
    return PartnerDraft(
        name=f"{place}{names.BRANDS[shop.plan.county.pk % len(names.BRANDS)]}供应站",
        is_supplier=True,
        is_outside_province=True,
        address=f"省外{place}路{shop.random.randint(1, 99)}号",
        contact_name="赵掌柜",
        contact_phone=names.phone(9_000_000 + shop.operator.county_id % 100_000),
    )


def _part(line: StockLine) -> Decimal:
    return min(max((line.on_hand * SHARE).quantize(Decimal(1)), Decimal(1)), line.on_hand)


def _whole(
    lines: Sequence[StockLine], buyers: Sequence[Shop]
) -> list[tuple[StockLine, Shop, Decimal]]:
    """All of each line to one buyer after another; nothing when there is nobody to buy."""
    if not buyers:
        return []
    return [(line, buyers[number % len(buyers)], line.on_hand) for number, line in enumerate(lines)]


def _deals(
    lines: Sequence[StockLine], buyers: Sequence[Shop], *, turns: int = 1
) -> list[tuple[StockLine, Shop, Decimal]]:
    """A part of some line for each buyer, going round the lines; ``turns`` deals a buyer."""
    left = {line.batch_id: line.on_hand for line in lines}
    deals = []
    for number in range(len(buyers) * turns if lines else 0):
        line = lines[number % len(lines)]
        quantity = min(_part(line), LARGEST_DEAL, left[line.batch_id])
        if quantity > 0:
            left[line.batch_id] -= quantity
            deals.append((line, buyers[number % len(buyers)], quantity))
    return deals
