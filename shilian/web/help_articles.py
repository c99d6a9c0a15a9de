"""The help articles: one question, its short answer in place, the whole of it in a template."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HelpArticle:
    slug: str
    title: str
    question: str
    answer: str
    audience: str


OPERATOR, OFFICER, CONSUMER = "经营户", "监管人员", "消费者"

ARTICLES = (
    HelpArticle(
        "registration",
        "注册和激活",
        "怎么注册？",
        "输入营业执照上的统一社会信用代码或许可证号，用留在监管所的手机号收验证码，设一个密码就可以了。",
        OPERATOR,
    ),
    HelpArticle(
        "purchase",
        "登记进货",
        "进货要登记哪些内容？",
        "从谁那儿进的、进的什么、多少、哪天进的，再加生产日期或批号。供货商和商品登记过一次，以后点一下就行。",
        OPERATOR,
    ),
    HelpArticle(
        "incoming",
        "收下来货",
        "“来货”是什么？",
        "供货商登记了卖给您的货，这里就会出现一条。核对数量，点“收下”，进货记录就自动做好了。",
        OPERATOR,
    ),
    HelpArticle(
        "sale",
        "登记销售",
        "卖货要登记吗？",
        "批发和生产单位要登记卖给了谁、卖了多少。买方也用食链的，他那边会自动出现来货，不用再录一遍。",
        OPERATOR,
    ),
    HelpArticle(
        "runs",
        "几样产出、拆分、分装、装箱",
        "一次做出几样、拆开、装箱怎么登记？",
        "选好用掉的批次和数量，再写做成、拆成、装成了什么。来源自动接上；拆分、装箱的沿用原来的检验结论。",
        OPERATOR,
    ),
    HelpArticle(
        "movements",
        "损耗、销毁和退货",
        "破损、过期、退货怎么登记？",
        "选批次、填数量、写原因，可以拍照。退给也用食链的供货商，他点“收回”，两边的数就对上了。",
        OPERATOR,
    ),
    HelpArticle(
        "stock",
        "库存、临期和负库存",
        "账上还剩多少是怎么算的？",
        "每一批：进的数量，减去卖出、使用、损耗、销毁和退货。减成了负数，多半是有进货没登记，请补登进货或更正数量。",
        OPERATOR,
    ),
    HelpArticle(
        "balance",
        "物料平衡",
        "进和出对得上吗？",
        "一段时间里，进了多少、卖了用了多少、还该有多少；做成的比投进的多还是少。对不上的给出提示，请核对。",
        OPERATOR,
    ),
    HelpArticle(
        "ledger",
        "台账查询、导出和打印",
        "检查时怎么出示台账？",
        "打开“台账”，选好月份，点“打印”或“导出”。内容完整的记录视为履行了进货查验义务。",
        OPERATOR,
    ),
    HelpArticle(
        "import-sheets",
        "导入表格",
        "台账表格怎么导入？",
        "直接上传您自己的 .xlsx 或 .csv，不用改格式。先逐行检查，哪个格子有问题、怎么改都会写明，您看过再决定导入。",
        OPERATOR,
    ),
    HelpArticle(
        "recall",
        "召回和冻结",
        "召回是怎么回事？",
        "食品有问题时，监管部门或生产者启动召回，沿链上每一家都收到通知：先停止销售，再报还剩多少、追回多少。",
        OPERATOR,
    ),
    HelpArticle(
        "corrections",
        "更正和作废",
        "登错了怎么改？",
        "打开那条记录或那一批，点“更正”或“作废”，写明原因。原来的内容不会消失，检查时看得清前后改动。",
        OPERATOR,
    ),
    HelpArticle(
        "labels",
        "追溯码和标签",
        "追溯码怎么打印？",
        "打开一个批次，点“打印标签”。一张 A4 纸可以打多个，贴在包装或价签旁，顾客手机一扫就能看到来源。",
        OPERATOR,
    ),
    HelpArticle(
        "dashboard",
        "看懂本辖区四项指标",
        "四项指标怎么算？",
        "注册率、上链活跃度、“10+3”覆盖率和自建系统上传率，都写明分子、分母。没有应统计对象时显示“—”，不算 0，也不算 100%。"
        "区划合并或拆分的当月，主体按月末所在地各算一次，有增减的地区不比上月，往月仍按原区划；"
        "评价考核的两期之间有区划调整的，名次也不比上期。城市成为示范、创建城市后，从所定月份起按较高目标衡量，以前的月份不变。",
        OFFICER,
    ),
    HelpArticle(
        "roster-import",
        "导入许可名录",
        "名录怎么导入？",
        "上传许可系统导出的 .xlsx 或 .csv，先看改动和错误，确认后再写入。有错的行会标红退回，改好可以再传。",
        OFFICER,
    ),
    HelpArticle(
        "bulletin",
        "每月通报",
        "通报数字从哪里来？",
        "3日冻结上月数字并自动拟稿，征求意见、第二人审核、办公室编号后印发；可下载公文格式的 Word、PDF 和附表，每个数字都能点开。",
        OFFICER,
    ),
    HelpArticle(
        "radar",
        "断链雷达和疑似造数",
        "断链的主体怎么找、怎么销号？",
        "系统按规则找出断链和不活跃的主体，写明原因、期限和怎么办；分给人员、发提醒，原因消除后自动销号。",
        OFFICER,
    ),
    HelpArticle(
        "systems",
        "自建系统和渠道",
        "企业自己的系统怎么接进来？",
        "先申报，县、市、省业务处依次审核；通过后领密钥，用接口或批量文件上传。健康卡告诉您每天传得怎么样。",
        OPERATOR,
    ),
    HelpArticle(
        "common-source",
        "查找共同来源",
        "怎么找几起问题的共同来源？",
        "把不合格样品、投诉、发病客人就餐的单位各写一行，系统逐级向上查，按能解释多少项排出批次和单位。",
        OFFICER,
    ),
    HelpArticle(
        "trace",
        "追溯一个批次",
        "怎么查一批货的来源和去向？",
        "输入追溯码、批号、商品或单位，选中批次，一页看到上游和下游。辖区以外的只计个数，申请开案获批后可见。",
        OFFICER,
    ),
    HelpArticle(
        "epcis",
        "EPCIS 事件",
        "企业系统里的 EPCIS 事件怎么上传？",
        "先登记位置码（GLN），再让系统用密钥签名，把 EPCIS 2.0 文档发到 /epcis/v2/capture；收货、发货、生产、装箱会自动记成记录。",
        OPERATOR,
    ),
    HelpArticle(
        "scan",
        "顾客扫码看什么",
        "扫码能看到什么？",
        "能看到是什么食品、谁生产的、哪一批、经过哪些地方、检验结果。看不到任何人的电话和商户之间的交易。",
        CONSUMER,
    ),
)
_BY_SLUG = {article.slug: article for article in ARTICLES}


def article(slug: str) -> HelpArticle:
    """Raises: KeyError when no article has the slug."""
    return _BY_SLUG[slug]


def by_audience() -> dict[str, list[HelpArticle]]:
    """The articles grouped by the reader they are for, in the order of the table."""
    groups: dict[str, list[HelpArticle]] = {}
    for entry in ARTICLES:
        groups.setdefault(entry.audience, []).append(entry)
    return groups
