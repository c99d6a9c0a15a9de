"""What the codes of refused rows mean, in words, for the health card and the list of trials.

The register keeps how often each code came, not the sentences: a sentence names a row, a code the
habit behind it. Whatever has no words of its own is told by the parts of its code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

# Codes whose cause cannot be told from their parts.
EXACT = {
    "already_recorded": "台账里已经有这一条",
    "already_expired": "登记时食品已过保质期",
    "batch_ambiguous": "符合的批次不止一个，要写明批号或追溯码",
    "batch_held": "批次已被停止使用",
    "belongs_to_faulty_row": "同一单里有别的行出错",
    "body_incomplete": "报文不完整",
    "buyer_is_oneself": "买方写成了自己",
    "code_in_scientific_notation": "编号被表格软件改成了科学计数，要把列设为文本",
    "external_id_conflict": "同一个内部编号传了不同的内容",
    "external_id_repeated": "同一批里内部编号重复",
    "gtin_check_digit": "商品条码校验位不对",
    "gtin_in_store": "店内自编条码，不能当商品条码",
    "input_expired": "投料时原料已过期",
    "item_not_an_object": "报文结构不对",
    "lines_incomplete": "明细不完整",
    "made_after_used": "生产日期晚于使用日期",
    "nothing_on_hand": "没有可卖的库存",
    "partner_is_oneself": "往来单位写成了自己",
    "produced_after_event": "生产日期晚于业务日期",
    "produced_in_future": "生产日期在将来",
    "received_after_sold": "收货日期早于销售日期",
    "row_repeated": "同一份数据里有重复的行",
    "sold_after_expiry": "销售时已过保质期",
    "sold_before_received": "销售日期早于进货日期",
    "supplier_is_oneself": "供货者写成了自己",
    "supplier_licence_expired": "供货者许可证已过期",
    "test_failed": "检验不合格",
    "unit_differs": "单位与商品登记的不一致",
    "unit_differs_from_batch": "单位与批次登记的不一致",
    "used_before_received": "使用日期早于进货日期",
}
SUBJECTS = {
    "batch_number": "批号",
    "batch": "批次",
    "buyer": "买方",
    "category": "食品分类",
    "certificate_number": "检验证号",
    "credit_code": "统一社会信用代码",
    "evidence": "凭证",
    "external_id": "内部编号",
    "gtin": "商品条码",
    "input": "投料",
    "inputs": "投料",
    "inspected_on": "检验日期",
    "kind": "种类",
    "licence": "许可证编号",
    "name": "名称",
    "output": "产出",
    "outputs": "产出",
    "partner": "往来单位",
    "phone": "联系电话",
    "produced_on": "生产日期",
    "product_name": "食品名称",
    "product": "食品",
    "purchased_on": "进货日期",
    "quantity": "数量",
    "result": "检验结论",
    "shelf_life": "保质期",
    "sold_on": "销售日期",
    "specification": "规格",
    "supplier_name": "供货者名称",
    "supplier": "供货者",
    "unit": "单位",
}
FAULTS = {
    "ambiguous": "不够明确",
    "check_digit": "校验位不对",
    "doubtful": "可疑",
    "expired": "已过期",
    "in_future": "在将来",
    "malformed": "格式不对",
    "missing": "没有填",
    "not_a_day": "不是日期",
    "not_a_number": "不是数字",
    "not_positive": "不是正数",
    "out_of_range": "超出范围",
    "too_large": "过大",
    "too_long": "太长",
    "too_precise": "小数位太多",
    "unclear": "看不明白",
    "unknown": "对不上",
    "unreadable": "读不出来",
}
OTHER = "其他问题"


def sentence(code: str) -> str:
    """The code in a few Chinese words; OTHER when nothing is known of it."""
    if code in EXACT:
        return EXACT[code]
    for fault, words in FAULTS.items():
        if code.endswith(f"_{fault}"):
            return _subject(code.removesuffix(f"_{fault}")) + words
    return OTHER


def _subject(part: str) -> str:
    return SUBJECTS.get(part, "有一项内容")


@dataclass(frozen=True, slots=True)
class FaultClass:
    """One reason for refusals: how many rows, and its share in all refused."""

    code: str
    text: str
    count: int
    share: float


def fault_classes(errors: Mapping[str, int], *, most: int) -> list[FaultClass]:
    """The most frequent reasons, each with its words; codes of the same words are one."""
    total = sum(errors.values())
    merged: dict[str, tuple[str, int]] = {}
    for code, count in sorted(errors.items()):
        text = sentence(code)
        first, before = merged.get(text, (code, 0))
        merged[text] = (first, before + count)
    ranked = sorted(merged.items(), key=lambda item: (-item[1][1], item[0]))
    return [
        FaultClass(code, text, count, count / total)
        for text, (code, count) in ranked[:most]
        if count
    ]
