"""What the demonstration's operators grow, make, repack and buy from outside the province."""

from __future__ import annotations

from dataclasses import dataclass

DAY, MONTH = "day", "month"
# Fresh goods without a printed shelf life are sold within so many days of harvest or slaughter.
FRESH_DAYS = 7


@dataclass(frozen=True, slots=True)
class Goods:
    """One kind of goods; ``shelf_life`` is a value and a unit, None when the law asks for none.

    ``age_days`` is how long ago it was made when a shop buys it from outside the province, and
    ``per_delivery`` about how much a shop takes, or a farm brings in, each time.
    """

    name: str
    specification: str
    unit: str
    category: str
    shelf_life: tuple[int, str] | None = None
    storage: str = ""
    age_days: int = 1
    per_delivery: int = 20


TOMATO = Goods("西红柿", "散装", "千克", "vegetable", per_delivery=160)
CUCUMBER = Goods("黄瓜", "散装", "千克", "vegetable", per_delivery=150)
CABBAGE = Goods("大白菜", "散装", "千克", "vegetable", per_delivery=240)
APPLE = Goods("红富士苹果", "散装", "千克", "fruit", per_delivery=200)
PEAR = Goods("莱阳梨", "散装", "千克", "fruit", per_delivery=180)
AUBERGINE = Goods("茄子", "散装", "千克", "vegetable", per_delivery=120)
# What a farm sends to market unprocessed, beside what it grows for a factory.
FRESH = (TOMATO, CABBAGE, APPLE, CUCUMBER, PEAR, AUBERGINE)

WHEAT = Goods("小麦", "散装", "千克", "raw_grain", per_delivery=6600)
PEANUT = Goods("花生果", "散装", "千克", "raw_grain", per_delivery=2400)
RAW_MILK = Goods("生鲜乳", "散装", "千克", "raw_milk", storage="0～4℃冷藏", per_delivery=1600)
PIG = Goods("白条猪肉", "半扇", "千克", "fresh_meat", storage="0～4℃冷藏", per_delivery=600)
SORGHUM = Goods("高粱", "散装", "千克", "raw_grain", per_delivery=1400)
CARP = Goods("鲤鱼", "冰鲜", "千克", "aquatic", storage="0～4℃冷藏", per_delivery=450)

FLOUR = Goods("小麦粉", "25kg/袋", "袋", "grain_products", (12, MONTH), "阴凉干燥处")
PEANUT_OIL = Goods("花生油", "5L/桶", "桶", "edible_oil", (18, MONTH), "避光常温")
MILK = Goods("纯牛奶", "250ml×12盒/箱", "箱", "dairy", (6, MONTH), "常温")
SAUSAGE = Goods("鲁味香肠", "400g/袋", "袋", "meat_products", (90, DAY), "0～4℃冷藏")
LIQUOR = Goods("高粱白酒", "500ml/瓶", "瓶", "strong_alcohol", None, "常温")
FISH_BALL = Goods("速冻鱼丸", "500g/袋", "袋", "aquatic_products", (12, MONTH), "-18℃冷冻")
SMALL_FLOUR = Goods("小麦粉（分装）", "2.5kg/袋", "袋", "grain_products", (6, MONTH), "阴凉干燥处")


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
    Recipe("面粉厂", WHEAT, FLOUR, "33"),
    Recipe("油脂厂", PEANUT, PEANUT_OIL, "12"),
    Recipe("乳品厂", RAW_MILK, MILK, "3.2"),
    Recipe("肉制品厂", PIG, SAUSAGE, "0.6"),
    Recipe("酒厂", SORGHUM, LIQUOR, "1.4"),
    Recipe("水产加工厂", CARP, FISH_BALL, "0.9"),
)
# A bag of 25 kg becomes ten small ones.
REPACKING = Recipe("分装厂", FLOUR, SMALL_FLOUR, "0.1")

POTATO = Goods("土豆", "散装", "千克", "vegetable", age_days=4, per_delivery=40)
BROCCOLI = Goods("西兰花", "散装", "千克", "vegetable", age_days=2, per_delivery=25)
BANANA = Goods("香蕉", "散装", "千克", "fruit", age_days=5, per_delivery=30)
HUB_BANANA = Goods("香蕉", "13.5kg/箱", "箱", "fruit", age_days=5, per_delivery=260)
RICE = Goods("东北大米", "10kg/袋", "袋", "grain_products", (12, MONTH), "阴凉干燥处", 35, 20)
PORK = Goods(
    "冷鲜猪肉", "分割", "千克", "fresh_meat", (7, DAY), "0～4℃冷藏", age_days=1, per_delivery=18
)
SCHOOL_PORK = Goods(
    "冷鲜猪腿肉", "分割", "千克", "fresh_meat", (7, DAY), "0～4℃冷藏", age_days=1, per_delivery=45
)
CHICKEN = Goods(
    "冷冻鸡胸肉",
    "1kg/袋",
    "袋",
    "fresh_meat",
    (12, MONTH),
    "-18℃冷冻",
    age_days=40,
    per_delivery=60,
)
LAMB = Goods(
    "冷冻羊肉卷",
    "500g/袋",
    "袋",
    "fresh_meat",
    (12, MONTH),
    "-18℃冷冻",
    age_days=30,
    per_delivery=24,
)
EGGS = Goods("鲜鸡蛋", "15kg/箱", "箱", "eggs", (40, DAY), "阴凉处", age_days=3, per_delivery=3)
TOFU = Goods("老豆腐", "散装", "千克", "bean_products", (3, DAY), "0～4℃冷藏", 0, 12)
NOODLES = Goods("鲜面条", "散装", "千克", "grain_products", (2, DAY), "0～4℃冷藏", 0, 15)
VITAMIN = Goods("维生素C片", "60片/瓶", "瓶", "health_food", (24, MONTH), "密封避光", 60, 24)
INFANT_FORMULA = Goods(
    "婴儿配方奶粉1段", "900g/罐", "罐", "infant_formula", (24, MONTH), "阴凉干燥处", 90, 12
)
# What each trade buys from suppliers outside the province; one of the pairs for each shop.
OUTSIDE: dict[str, tuple[tuple[Goods, ...], ...]] = {
    "supermarket": ((BANANA, RICE), (BROCCOLI, EGGS)),
    "grocer": ((POTATO, BANANA), (BROCCOLI, POTATO)),
    "stall": ((POTATO,), (BROCCOLI,)),
    "restaurant": ((PORK, TOFU), (LAMB, TOFU)),
    "small_catering": ((NOODLES, EGGS), (PORK, NOODLES)),
    "school": ((SCHOOL_PORK, EGGS),),
    "kitchen": ((CHICKEN, RICE),),
    "group_meal": ((CHICKEN, EGGS),),
    "health_shop": ((VITAMIN,),),
    "baby_shop": ((INFANT_FORMULA,),),
    "city_wholesaler": ((HUB_BANANA,),),
}
