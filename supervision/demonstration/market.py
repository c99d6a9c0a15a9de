"""How goods move through the demonstration: farm → factory → wholesalers → shops and canteens.

Counties differ as they do outside: a city's centre works with every hand, the others join month by
month and serve a few shops at a time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from supervision.demonstration import catalogue as goods
from supervision.demonstration import stories, suppliers
from supervision.demonstration.province import DOWNSTREAM, PlannedOperator
from supervision.demonstration.roster import Member
from supervision.demonstration.shops import Deal, Shop
from supervision.demonstration.windows import Window
from traceability.operations import quiet
from traceability.queries.stock import StockLine

SHARE = Decimal("0.2")
LARGEST_DEAL = Decimal(120)
SOLD_LINES = 8
HUB_LINES = 24
HUB_TURNS = 2
BUSY_FROM = 2
SERVED_IN_TOWN = 4
FRESH_BUYERS = 2
SPECIAL = ("health_shop", "baby_shop")
KITCHENS = ("restaurant", "small_catering")
CANTEENS = ("school", "kitchen", "group_meal")
QUIET_MONTH_EVERY = 3
# Lots of a crop that a factory takes in at once: one for each day on which it makes something.
LOTS = 3


@dataclass
class County:
    """The shops of one county, by what they do."""

    is_in_town: bool
    joins_in: int
    is_large: bool
    by_trade: dict[str, list[Shop]] = field(default_factory=lambda: defaultdict(list))

    def works_in(self, window: Window) -> bool:
        """In town always; elsewhere once joined, and at first in one stretch of the month."""
        if self.is_in_town:
            return True
        is_busy = window.is_second or window.month_number > BUSY_FROM
        return is_busy and window.month_number >= self.joins_in

    def grows_in(self, window: Window) -> bool:
        """Whether farm and wholesaler work too: in the end in half of the counties always."""
        if self.is_in_town or window.is_second:
            return self.works_in(window)
        return self.is_large and self.works_in(window)

    def makes_in(self, window: Window) -> bool:
        """Whether the factories work: once a month, in town always; half of them join late."""
        if self.is_in_town:
            return True
        is_late = not self.is_large and window.month_number <= BUSY_FROM
        return window.is_second and self.works_in(window) and not is_late

    def each(self, *trades: str) -> Iterator[Shop]:
        for trade in trades:
            yield from self.by_trade[trade]

    def regular(self, *trades: str) -> list[Shop]:
        return [shop for shop in self.each(*trades) if shop.is_regular]

    def served(self, turn: int) -> list[Shop]:
        """Whom the county's wholesaler serves now: some in turn, more of them in town.

        Now and then one of them never answers.
        """
        shops = self.regular(*DOWNSTREAM)
        silent = self._silent() if turn % 2 == 0 else []
        if not shops:
            return silent
        count = min(SERVED_IN_TOWN if self.is_in_town else 1 + self.is_large, len(shops))
        first = turn * count % len(shops)
        return (shops + shops)[first : first + count] + silent

    def _silent(self) -> list[Shop]:
        """One who was activated long ago and has not been seen since, if there is one."""
        shops = (shop for shop in self.each(*DOWNSTREAM) if not shop.is_regular)
        return [shop for shop in shops if shop.plan.activated_in == 0][:1]


def _county_of(plan: PlannedOperator) -> County:
    return County(plan.is_in_town, plan.joins_in, is_large=plan.county.pk % 2 == 0)


City = dict[int, County]


class Market:
    """Some cities that trade among themselves; two markets never touch, so two processes can run."""

    def __init__(self, members: Sequence[Member], *, seed: int) -> None:
        self.cities: dict[int, City] = defaultdict(dict)
        for member in members:
            plan = member.plan
            assert plan.county.parent_id is not None
            county = self.cities[plan.county.parent_id].setdefault(plan.county.pk, _county_of(plan))
            if plan.is_using:
                shop = Shop(plan, member.operator, seed=seed)
                county.by_trade[plan.trade.key].append(shop)
        self.hubs = {
            city_id: shop
            for city_id, city in self.cities.items()
            for county in city.values()
            for shop in county.each("city_wholesaler")
        }
        self.star = stories.star_among(
            shop
            for county in self.counties()
            for shop in county.each("factory")
            if county.is_in_town or county.is_large
        )

    def counties(self) -> Iterator[County]:
        for city in self.cities.values():
            yield from city.values()

    def run(self, window: Window) -> None:
        """One stretch of days, from the fields to the canteens."""
        fresh: dict[Shop, list[StockLine]] = {}
        for city_id, city in self.cities.items():
            for county in city.values():
                if county.grows_in(window):
                    self._grow(county, window)
                    self._manufacture(county, self.hubs[city_id], window)
                    for seller in county.each("wholesaler"):
                        fresh[seller] = seller.accept_waiting(seller.moment(window.early(16)))
            self._repack(city, self.hubs[city_id], window)
        for hub in self.hubs.values():
            hub.accept_waiting(hub.moment(window.late(12)))
        for number, (city_id, city) in enumerate(self.cities.items()):
            self._distribute(city_id, list(self.hubs)[number - 1], city, window)
        if window.is_second:
            for hub in self.hubs.values():
                hub.accept_waiting(hub.moment(window.late(16)))
        for county in self.counties():
            if county.grows_in(window):
                self._wholesale(county, fresh, window)
                self._accept(county, window)
            if county.works_in(window):
                self._retail(county, window)
            if county.works_in(window) and window.is_second:
                _declare_quiet(county, window)
        if stories.is_complaint(window) and self.star is not None:
            stories.fail_star(self.star, window)

    def week(self, days: Sequence[date], at: datetime) -> None:
        """The canteens that record everything: Tuesday to Friday, recorded on Friday."""
        for county in self.counties():
            if county.is_in_town:
                for shop in county.regular(*CANTEENS):
                    bought = goods.OUTSIDE[shop.plan.trade.key][0]
                    shop.buy(suppliers.supplier_of(shop), bought, days, shop.moment(at))

    def last_sales(self, today: date, at: datetime) -> None:
        """This morning's deliveries, which wait for their buyers."""
        for county in self.counties():
            for seller in county.each("wholesaler") if county.is_in_town else ():
                lines = seller.on_hand(today)[-SOLD_LINES:]
                deals = _deals(lines, county.regular(*DOWNSTREAM))
                seller.sell(deals, [today], seller.moment(at))

    def _grow(self, county: County, window: Window) -> None:
        """Fresh goods on each day for the wholesaler; what a factory needs on the last of them."""
        fresh = goods.FRESH[window.number % len(goods.FRESH)]
        for farm in county.each("farm"):
            lots = [(fresh, fresh.per_delivery, day, f"{day:%Y%m%d}") for day in window.field_days]
            crop = farm.plan.crop
            makers = list(county.each("factory")) if county.makes_in(window) else []
            if crop is not None and makers:
                day = window.field_days[-1]
                quantity = crop.per_delivery * stories.crop_factor(self.star, makers[0], window)
                lots += [
                    (crop, quantity, day, f"{day:%Y%m%d}{number:02d}")
                    for number in range(1, LOTS + 1)
                ]
            lines = farm.harvest(lots, farm.moment(window.early(7)))
            rest = [line for line in lines if line.name == fresh.name]
            deals = _whole(rest, list(county.each("wholesaler")))
            deals += _whole(lines[len(rest) :], makers)
            farm.sell(deals, window.field_days, farm.moment(window.early(9)))

    def _manufacture(self, county: County, hub: Shop, window: Window) -> None:
        """What came in on the fourth day is made on the next three, inspected, and leaves."""
        if not county.makes_in(window):
            return
        for factory in county.each("factory"):
            recipe = factory.plan.recipe
            raw = factory.accept_waiting(factory.moment(window.early(15)))
            if recipe is None or not raw:
                continue
            made = factory.make(
                recipe.output,
                Decimal(recipe.per_unit),
                raw,
                window.trade_days[1:],
                factory.moment(window.late(8)),
                prefix=stories.prefix_of(self.star, factory, window),
            )
            failed = made[-1:] if stories.fails_inspection(factory, window) else []
            factory.inspect(made, factory.moment(window.late(9)), failed=failed)
            sold = [line for line in made if line not in failed]
            deals = stories.spread(sold, factory, list(self.hubs.values())) or _whole(sold, [hub])
            factory.sell(deals, window.trade_days[1:], factory.moment(window.late(11)))

    def _repack(self, city: City, hub: Shop, window: Window) -> None:
        """Flour that came from the hub in the last stretch goes back to it in small bags."""
        for county in city.values():
            for repacker in county.each("repacker"):
                bags = repacker.accept_waiting(repacker.moment(window.early(10)))
                if not bags:
                    continue
                per_unit = Decimal(goods.REPACKING.per_unit)
                at, days = window.late(8), window.trade_days
                made = repacker.make(goods.SMALL_FLOUR, per_unit, bags, days, at)
                repacker.inspect(made, window.late(9))
                repacker.sell(_whole(made, [hub]), days, window.late(11))

    def _distribute(self, city_id: int, neighbour_id: int, city: City, window: Window) -> None:
        """From the city's wholesaler to its counties, some to its repacker and to another city."""
        hub, neighbour = self.hubs[city_id], self.hubs[neighbour_id]
        if window.month_number >= 1:
            [bought] = goods.OUTSIDE["city_wholesaler"]
            hub.buy(
                suppliers.supplier_of(hub), bought, window.trade_days, hub.moment(window.late(13))
            )
        lines = hub.on_hand(window.last)[-HUB_LINES:]
        working = [each for each in city.values() if _is_supplied(each, window)]
        buyers = [shop for county in working for shop in county.each("wholesaler")]
        flour = [line for line in lines if line.name == goods.FLOUR.name][:2]
        deals = [
            (line, repacker, _part(line))
            for line in flour
            for county in working
            for repacker in county.each("repacker")
        ]
        spread = [line for line in lines if stories.is_star(line)]
        rest = [line for line in lines if line not in flour and line not in spread]
        deals += stories.to_everybody(spread, buyers)
        if neighbour is not hub and window.is_second:
            deals += [(line, neighbour, _part(line)) for line in rest[-2:]]
            rest = rest[:-2]
        deals += _deals(rest, buyers, turns=HUB_TURNS)
        hub.sell(deals, window.trade_days, hub.moment(window.late(14)))

    def _wholesale(
        self, county: County, fresh: dict[Shop, list[StockLine]], window: Window
    ) -> None:
        """Fresh goods are sold out in the stretch they came in, the others as they are asked for."""
        for seller in county.each("wholesaler"):
            is_supplied = _is_supplied(county, window)
            arrived = seller.accept_waiting(seller.moment(window.late(16))) if is_supplied else []
            buyers = county.served(window.number)
            if not buyers:
                continue
            spread = [line for line in arrived if stories.is_star(line)]
            known = {line.batch_id for line in (*fresh[seller], *spread)}
            stock = seller.on_hand(window.last) if is_supplied else []
            rest = [line for line in stock if line.batch_id not in known]
            deals = _shared(fresh[seller], buyers) + stories.to_everybody(spread, buyers)
            deals += _deals(rest[-SOLD_LINES:], buyers)
            seller.sell(deals, window.trade_days, seller.moment(window.late(18)))

    def _retail(self, county: County, window: Window) -> None:
        """Shops buy once a month, in the end kitchens in both stretches."""
        # The canteens of the centre record week by week instead.
        weekly = CANTEENS if county.is_in_town and window.month_number >= BUSY_FROM else ()
        for shop in county.regular(*DOWNSTREAM, *SPECIAL):
            trade = shop.plan.trade.key
            buys = window.month_number >= BUSY_FROM if trade in KITCHENS else window.is_second
            if buys and trade not in weekly:
                bought = goods.OUTSIDE[trade]
                pair = bought[shop.plan.turn % len(bought)]
                at = shop.moment(window.late(19))
                shop.buy(suppliers.supplier_of(shop), pair, window.trade_days, at)

    def _accept(self, county: County, window: Window) -> None:
        """Those who were sold to answer; one of the centre once brings something back."""
        brings_back = county.is_in_town and stories.is_great(window)
        for shop in county.served(window.number):
            if shop.is_regular:
                arrived = shop.accept_waiting(shop.moment(window.late(20)))
                if brings_back:
                    sellers = county.by_trade["wholesaler"]
                    brings_back = not stories.bring_back(shop, arrived, sellers, window)


def _declare_quiet(county: County, window: Window) -> None:
    """Some of the silent special shops say that they bought nothing this month."""
    for shop in list(county.each(*SPECIAL))[::QUIET_MONTH_EVERY]:
        if not shop.is_regular and shop.plan.activated_in <= window.month_number:
            month = window.days[0].replace(day=1)
            quiet.declare_quiet_month(
                by=shop.actor, operator=shop.operator, month=month, at=window.late(21)
            )


def _is_supplied(county: County, window: Window) -> bool:
    """Whether the city's wholesaler delivers to the county's: once a month, in town always."""
    return county.works_in(window) and (county.is_in_town or window.is_second)


def _part(line: StockLine) -> Decimal:
    return min(max((line.on_hand * SHARE).quantize(Decimal(1)), Decimal(1)), line.on_hand)


def _whole(lines: Sequence[StockLine], buyers: Sequence[Shop]) -> list[Deal]:
    """All of each line to one buyer after another; nothing when there is nobody to buy."""
    if not buyers:
        return []
    return [(line, buyers[number % len(buyers)], line.on_hand) for number, line in enumerate(lines)]


def _shared(lines: Sequence[StockLine], buyers: Sequence[Shop]) -> list[Deal]:
    """Each line shared out to the next few buyers."""
    deals = []
    count = min(FRESH_BUYERS, len(buyers))
    for number, line in enumerate(lines):
        for turn in range(count):
            buyer = buyers[(number * count + turn) % len(buyers)]
            quantity = line.on_hand // count
            if quantity > 0:
                deals.append((line, buyer, quantity))
    return deals


def _deals(lines: Sequence[StockLine], buyers: Sequence[Shop], *, turns: int = 1) -> list[Deal]:
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
