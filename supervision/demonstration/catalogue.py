"""What the demonstration's operators grow, make and trade."""

from __future__ import annotations

from dataclasses import dataclass

DAY, MONTH = "day", "month"


@dataclass(frozen=True, slots=True)
class Goods:
    """One kind of goods; ``shelf_life`` is a value and a unit, None when the law asks for none."""

    name: str
    specification: str
    unit: str
    category: str
    shelf_life: tuple[int, str] | None = None
    storage: str = ""


TOMATO = Goods("西红柿", "散装", "千克", "vegetable")
CUCUMBER = Goods("黄瓜", "散装", "千克", "vegetable")
CABBAGE = Goods("大白菜", "散装", "千克", "vegetable")
APPLE = Goods("红富士苹果", "散装", "千克", "fruit")
PEAR = Goods("莱阳梨", "散装", "千克", "fruit")
CARP = Goods("鲤鱼", "鲜活", "千克", "aquatic")
WHEAT = Goods("小麦", "散装", "千克", "raw_grain")
PEANUT = Goods("花生果", "散装", "千克", "raw_grain")
RAW_MILK = Goods("生鲜乳", "散装", "千克", "raw_milk")
PIG = Goods("白条猪肉", "半扇", "千克", "fresh_meat")
SORGHUM = Goods("高粱", "散装", "千克", "raw_grain")

FLOUR = Goods("小麦粉", "5kg/袋", "袋", "grain_products", (12, MONTH), "阴凉干燥处")
PEANUT_OIL = Goods("花生油", "5L/桶", "桶", "edible_oil", (18, MONTH), "避光常温")
MILK = Goods("纯牛奶", "250ml×12盒/箱", "箱", "dairy", (6, MONTH), "常温")
SAUSAGE = Goods("鲁味香肠", "400g/袋", "袋", "meat_products", (90, DAY), "0～4℃冷藏")
LIQUOR = Goods("高粱白酒", "500ml/瓶", "瓶", "alcohol", None, "常温")
FISH_BALL = Goods("速冻鱼丸", "500g/袋", "袋", "aquatic_products", (12, MONTH), "-18℃冷冻")

VITAMIN = Goods("维生素C片", "60片/瓶", "瓶", "health_food", (24, MONTH), "密封避光")
INFANT_FORMULA = Goods(
    "婴儿配方奶粉1段", "900g/罐", "罐", "infant_formula", (24, MONTH), "阴凉干燥处"
)


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a factory makes: the goods it takes in, what comes out, and how much of it.

    ``per_unit`` is the quantity of the input that one unit of the output takes.
    """

    maker: str
    source: Goods
    output: Goods
    per_unit: str


RECIPES = (
    Recipe("面粉厂", WHEAT, FLOUR, "6.5"),
    Recipe("油脂厂", PEANUT, PEANUT_OIL, "12"),
    Recipe("乳品厂", RAW_MILK, MILK, "3.2"),
    Recipe("肉制品厂", PIG, SAUSAGE, "0.6"),
    Recipe("酒厂", SORGHUM, LIQUOR, "1.4"),
    Recipe("水产加工厂", CARP, FISH_BALL, "0.9"),
)
# What a farm sends to market unprocessed, beside what it grows for a factory.
FRESH = (TOMATO, CUCUMBER, CABBAGE, APPLE, PEAR, CARP)
