"""Names, people and codes that belong to nobody: every one is plainly made up."""

from __future__ import annotations

from random import Random

from enterprises.rules.credit_codes import check_character

BRANDS = [
    "禾丰",
    "春晓",
    "和顺",
    "聚源",
    "瑞泽",
    "康宁",
    "佳和",
    "福满",
    "同心",
    "永兴",
    "齐悦",
    "鲁味",
    "泉润",
    "海晟",
    "绿野",
    "金穗",
    "惠民",
    "万家",
    "德馨",
    "宝源",
    "清泉",
    "百合",
    "长青",
    "明湖",
    "东岳",
    "景和",
    "安泰",
    "玉泽",
    "华实",
    "丰年",
    "嘉禾",
    "润农",
    "田园",
    "天和",
    "祥云",
    "新雨",
    "乐邻",
    "家家",
    "好邻",
    "时鲜",
]
SURNAMES = [
    "王",
    "李",
    "张",
    "刘",
    "陈",
    "杨",
    "赵",
    "孙",
    "周",
    "吴",
    "徐",
    "朱",
    "马",
    "胡",
    "林",
    "郭",
    "高",
    "宋",
    "郑",
    "韩",
]
GIVEN = [
    "建国",
    "秀英",
    "伟",
    "芳",
    "强",
    "敏",
    "静",
    "磊",
    "洋",
    "勇",
    "艳",
    "杰",
    "娟",
    "涛",
    "明",
    "超",
    "霞",
    "平",
    "刚",
    "桂英",
    "玉兰",
    "文",
    "辉",
    "鹏",
    "玲",
    "丽",
    "军",
    "红",
    "波",
    "宁",
]
SUFFIXES = ("市", "县", "区")


def short_name(division_name: str) -> str:
    """历下区 → 历下; names of two characters stay whole."""
    if len(division_name) > 2 and division_name.endswith(SUFFIXES):
        return division_name[:-1]
    return division_name


def person_name(random: Random) -> str:
    return random.choice(SURNAMES) + random.choice(GIVEN)


def credit_code(county_code: str, number: int) -> str:
    """A well-formed code whose middle part, MADEM, tells it from every real one."""
    first17 = f"92{county_code[:6]}MADEM{number:04d}"
    return first17 + check_character(first17)


def phone(number: int) -> str:
    """Numbers of one reserved-looking block; the demonstration never sends to them."""
    return f"1700{number:07d}"
