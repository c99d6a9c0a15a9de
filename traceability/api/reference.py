"""The words of the reference page; endpoints and fields come from the schema itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from drf_spectacular.generators import SchemaGenerator

from enterprises.rules import signing
from enterprises.rules.signing import Envelope, Message

# Kept as text: they are programs of whoever calls us, not parts of this one.
EXAMPLES_FOLDER = Path(__file__).parent.parent / "data" / "api_examples"


@dataclass(frozen=True, slots=True)
class Example:
    title: str
    file_name: str
    text: str


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    kind: str
    is_required: bool
    meaning: str


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One operation as the page shows it."""

    anchor: str
    method: str
    path: str
    summary: str
    text: str
    parameters: list[Field]
    fields: list[Field]
    answers: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Worked:
    """One request signed line by line, with what comes out."""

    key_id: str
    secret: str
    body: str
    lines: list[tuple[str, str]]
    sha256: str
    sm3: str
    algorithm: str = "HMAC-SHA256"


CHANGES = (
    (
        date(2026, 11, 22),
        "开放第一版：六类记录的上传、沙箱、回执、列表、追溯和推送；HMAC-SHA256 与 HMAC-SM3 签名。",
    ),
)
STEPS = (
    "算内容的摘要：对请求内容的原始字节算 SHA-256（密钥是 HMAC-SM3 的算 SM3），"
    "写成小写十六进制；没有内容时对空字节算。",
    "排参数：地址里问号后面的参数按名字、再按值从小到大排，名和值都按 RFC 3986 编码"
    "（字母、数字和 - _ . ~ 以外都写成 %XX，空格写 %20），用 & 连接；没有参数就是空行。",
    "拼八行：方法（大写）、路径、排好的参数、内容摘要、时间、随机数、密钥编号、幂等键，"
    "用换行符（\\n）连接，末尾不加换行；没有幂等键（查询）时最后一行为空。",
    "算签名：以密钥的文字（UTF-8）为钥，对上面的文本算 HMAC，写成小写十六进制。",
    "带上请求头：X-Key-Id、X-Timestamp、X-Nonce、X-Signature；写入的请求还要 Idempotency-Key。",
)
NOTES = (
    (
        "时间",
        "X-Timestamp 是整数秒的 Unix 时间，和平台相差不得超过 300 秒；超过时回答里写明两边的时间。",
    ),
    (
        "随机数",
        "X-Nonce 是 16 到 64 位字母、数字、下划线或连字符，每次请求（包括重发）换一个新的，用过的不再接受。",
    ),
    ("查询", "GET 请求同样要签名。"),
    (
        "签名不对",
        "回答里的 canonical 是平台算出的待签文本，逐行比较就知道错在哪一行；各行都相同就是密钥错了。",
    ),
    ("更换密钥", "在“自建系统”页面更换后，旧密钥再用 7 天；吊销则立即失效。"),
)
RULES = (
    ("格式", "只收发 JSON（UTF-8）。编号、批号、条码写成文字（放在引号里）；数量可以写数字；日期写 2026-04-01。"),
    ("一条或一批", '直接写一条记录，或写成 {"items": […]}，一次最多 1,000 条、5 兆字节；每批 500 条左右最快。'),
    ("回执", "每条都有回执：recorded 已记入，same 台账里已有、没有重复记，refused 没有记入并逐项说明原因；记入的附追溯码。"),
    ("状态码", "201 单条已记入；200 全部已在台账里；207 有的没有记入；422 一条也没有记入。一条有错不影响其他条，除非带 atomic=true。"),
    ("企业内部编号", "external_id 是贵系统里的编号。同一编号、同样内容再传，不会重复记；同一编号、不同内容会被退回。"
     "同一批里内容相同、编号不同的进货或销售按两笔记，并给出提示。"),
    ("登记的范围", "只能上传系统登记时选的记录；要加一种，请在“我的—自建系统和渠道”里申请变更。"
     "渠道只为经营户代传，看不到经营户的其他记录。"),
    ("幂等键", "写入的请求须带 Idempotency-Key（如 UUID）。没有收到回答就用同一编号重发：已处理的得到同一个回答"
     "（带 Idempotency-Replayed: true）；正在处理的得到 409；内容不同的得到 422。回答保留 30 天。"
     "一条也没有记入（4xx）的不保留，改正后可以用同一编号再发。"),
    ("分页", "列表按时间从新到旧，回答里的 next 原样作为下一页的 cursor；next 为 null 就是最后一页。"),
    ("限流", "每个密钥可以连续发 3,000 次，之后每秒 50 次；超过时得到 429，请按 Retry-After 等待。"),
    ("沙箱", "把地址改成 /api/v1/sandbox/…，或带 dry_run=true：同样的检查、同样的结果，什么也不写入。"),
    ("代传", "菜场、一网通、山餐安等渠道为经营户代传时，用 operator 写明经营户的统一社会信用代码；经营户须先确认。"),
    ("推送", "登记推送地址后，有来货或召回通知时平台向它发 POST，内容是 JSON，回答 2xx 即为送达；送不到的隔一段时间再发，最多三天。"
     "请求头 X-Shilian-Signature 是以登记时给的密钥对“X-Shilian-Timestamp 的值、换行、内容的 SHA-256”两行算的 HMAC-SHA256，"
     "请核对后再用；X-Shilian-Delivery 相同的是同一条，可能收到两次。"),
    ("出错", "出错的回答都是 application/problem+json：problems 里每一项有固定的英文代码 code、字段 field 和中文说明 message。"),
)  # fmt: skip
REFUSALS = (
    ("signature_missing", "没有签名"),
    ("signature_incomplete", "四个请求头没有带齐"),
    ("key_unknown", "没有这个密钥编号"),
    ("key_revoked、key_retired", "密钥已吊销，或更换后的过渡期已过"),
    ("system_not_in_service", "系统没有通过登记，或已停用"),
    ("kind_not_registered、docking_not_registered", "系统登记时没有选这种记录、这种对接方式"),
    ("timestamp_skewed", "两边的时间相差超过 300 秒"),
    ("nonce_seen", "随机数用过了"),
    ("signature_wrong", "签名不对"),
    ("algorithm_unavailable", "平台的密码库不支持 SM3"),
    ("idempotency_key_missing、idempotency_key_malformed", "没有幂等键，或写法不对"),
    ("idempotency_running", "同一幂等键的请求正在处理"),
    ("idempotency_mismatch", "同一幂等键用于别的内容"),
    ("json_malformed、body_too_large、too_many_items", "内容不是 JSON、太大、条数太多"),
    (
        "external_id_missing、external_id_conflict、external_id_repeated",
        "缺少编号、编号用过、同一批里重复",
    ),
    ("field_unknown、field_type", "不认识的字段、值的类型不对"),
    ("batch_refused", "atomic=true 的批次里有别的条没有通过"),
    ("rate_limited", "请求太频繁"),
)
EXAMPLE_TITLES = (
    ("Python", "upload.py"),
    ("Java", "Upload.java"),
    ("curl 与 openssl", "upload.sh"),
)


def examples() -> list[Example]:
    """The example programs, word for word as the tests run them."""
    return [
        Example(title, name, (EXAMPLES_FOLDER / f"{name}.txt").read_text(encoding="utf-8"))
        for title, name in EXAMPLE_TITLES
    ]


def worked() -> Worked:
    """A request signed by this very program, so that the page cannot be wrong."""
    body = '{"external_id":"A-1","product_name":"特一粉"}'
    message = Message("POST", "/api/v1/purchases", "dry_run=true", body.encode(), "order-0001")
    envelope = Envelope("sl_0123456789abcdef0123", "1795312800", "9f86d081884c7d659a2feaa0", "")
    secret = "kJ8vXw2nQ5rT7yU1pL4sD6fG9hZ3xC0vB2nM5qW8eR1"
    text = signing.canonical_text(message, envelope, signing.SHA256)
    names = ("方法", "路径", "参数", "内容摘要", "时间", "随机数", "密钥编号", "幂等键")
    has_sm3 = signing.SM3_AVAILABLE
    return Worked(
        key_id=envelope.key_id,
        secret=secret,
        body=body,
        lines=list(zip(names, text.split("\n"), strict=True)),
        sha256=signing.sign(secret, text, signing.SHA256),
        sm3=signing.sign(
            secret, signing.canonical_text(message, envelope, signing.SM3), signing.SM3
        )
        if has_sm3
        else "",
    )


@cache
def endpoints() -> list[tuple[str, list[Endpoint]]]:
    """Every operation of the schema, by what it is for; made once in a process."""
    schema = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    groups: dict[str, list[Endpoint]] = {}
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            tag = (operation.get("tags") or ["其他"])[0]
            groups.setdefault(tag, []).append(_endpoint(path, method, operation, schema))
    return sorted(groups.items(), key=lambda group: _ORDER.get(group[0], 9))


_ORDER = {"上传记录": 0, "查询": 1, "沙箱": 2, "推送": 3, "追溯": 4}


def _endpoint(
    path: str, method: str, operation: dict[str, Any], schema: dict[str, Any]
) -> Endpoint:
    return Endpoint(
        anchor=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation.get("summary", ""),
        text=operation.get("description", ""),
        parameters=[
            Field(
                each["name"],
                _kind(each.get("schema", {})),
                bool(each.get("required")),
                each.get("description", ""),
            )
            for each in operation.get("parameters", [])
        ],
        fields=_body_fields(operation, schema),
        answers=[(status, told["description"]) for status, told in operation["responses"].items()],
    )


def _body_fields(operation: dict[str, Any], schema: dict[str, Any]) -> list[Field]:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    said = content.get("schema", {})
    said = said.get("anyOf", [said])[0]
    if "$ref" in said:
        said = schema["components"]["schemas"][said["$ref"].rsplit("/", 1)[1]]
    needed = said.get("required", [])
    return [
        Field(name, _kind(each), name in needed, each.get("description", ""))
        for name, each in said.get("properties", {}).items()
    ]


def _kind(schema: dict[str, Any]) -> str:
    names = schema.get("type", "string")
    names = names if isinstance(names, list) else [names]
    told = {
        "string": "文字",
        "number": "数字",
        "integer": "整数",
        "boolean": "真假",
        "array": "数组",
    }
    return "或".join(told[name] for name in names if name in told)
