"""What changed, in the words of those who use it. CHANGELOG.md says the same to those who run it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Release:
    version: str
    released_on: date
    changes: tuple[str, ...]


RELEASES = (
    Release(
        "0.1.0",
        date(2026, 11, 22),
        (
            "经营户可以在手机上注册激活、登记进货和销售、收下来货、查询和打印台账。",
            "卖给本平台商户的货，买方自动收到来货，点一下就完成进货查验。",
            "监管人员可以查看本辖区四项指标、未注册和不活跃名单，下钻到县区、乡镇和监管所。",
            "省追溯专班可以查看全省指标地图和各市排名，下载当月通报表格。",
            "顾客扫追溯码可以看到食品的来源、批次和检验结果。",
            "各种名单都能导出：短的直接下载，长的在后台生成，做好后本人下载，保存三天。",
            "拟写通报在后台进行，页面显示进度，可以中途取消；连按两次也只拟一份。",
            "发给管理员和店员的邀请可以撤回；监管人员可以更正主体是否从事批发。",
            "监管人员可以输入几份不合格样品、投诉或发病情况，查找它们的共同来源批次和单位。",
            "换了新证号的许可证，旧证显示“已换新证”，不再算过期；首页的断链、许可证过期数与名单一致。",
            "许可名录可以从表格批量导入，有错的行标红退回。",
            "生产、采收和出厂检验登错了也能更正或作废，原来的内容和原因一直看得到；更正时可以补拍凭证。",
            "卖货和投料时，输入品名、拼音首字母、批号或追溯码，能找到手上的任何一批货。",
        ),
    ),
)
