"""The OpenAPI 3.1 description of the interface: what cannot be told from serializers.

Every item is a plain object whose fields are the columns of its kind of sheet, so its schema is made
from them; drf-spectacular makes the rest, and ``complete`` adds what every operation has in common.
"""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view

from enterprises.api import idempotency
from enterprises.api.answers import PROBLEM_TYPE
from enterprises.api.authentication import HEADERS
from enterprises.api.views import MOST_ON_A_PAGE
from traceability.api import items
from traceability.sheets.kinds import SheetKind, find_kind

JSON = "application/json"
# Problem and title: what every operation may answer when it cannot do what was asked.
FAULTS = {
    "400": "请求写得不对：JSON、参数或幂等键",
    "401": "没有签名，或签名没有通过核对",
    "403": "密钥没有这项权限，或系统不在用",
    "404": "没有找到，或者不属于贵系统",
    "405": "这个地址不支持这种请求",
    "406": "只能用 JSON 回答",
    "409": "同一个幂等键的请求正在处理，请稍后用同一编号重发",
    "413": "内容超过 5 兆字节",
    "415": "只接受 application/json",
    "422": "内容没有通过检查",
    "429": "请求太频繁，请按 Retry-After 等待",
    "503": "平台暂时不能处理",
}
WRITES_ONLY = {"409", "415"}


class SignatureScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Four headers, all of them needed."""

    target_class = "enterprises.api.authentication.SignedRequest"
    name = ["KeyId", "Timestamp", "Nonce", "Signature"]

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, Any]]:
        meanings = ("密钥编号", "Unix 时间，整数秒", "随机数，每次换新", "签名，64 位十六进制")
        return [
            {"type": "apiKey", "in": "header", "name": header, "description": meaning}
            for header, meaning in zip(HEADERS, meanings, strict=True)
        ]

    def get_security_requirement(self, auto_schema: Any) -> dict[str, list[Any]]:
        return {name: [] for name in self.name}


def described(view: type[Any], code: str, *, is_trial: bool = False) -> type[Any]:
    """The view of one kind of record, with what OpenAPI says of it."""
    kind = find_kind(code)
    made = type(f"{view.__name__}{code.title()}", (view,), {"kind_code": code})
    described_parts = {"post": _upload(kind, is_trial=is_trial)}
    if not is_trial:
        described_parts["get"] = _list(kind)
    return extend_schema_view(**described_parts)(made)


def _upload(kind: SheetKind, *, is_trial: bool) -> Any:
    answer = _ref("UploadAnswer")
    refusal = {"anyOf": [_ref("UploadRefusal"), _ref("Problem")]}
    name = _component(kind)
    said = "试传（沙箱，不写入）" if is_trial else "上传"
    return extend_schema(
        operation_id=f"{kind.code}_{'try' if is_trial else 'upload'}",
        tags=["沙箱" if is_trial else "上传记录"],
        summary=f"{said}{kind.name}",
        description=_TRIAL if is_trial else _UPLOAD,
        parameters=[*_options(), *([] if is_trial else [_idempotency_key()])],
        request={JSON: {"anyOf": [_ref(f"{name}Item"), _ref(f"{name}Batch")]}},
        responses={
            (200, JSON): answer,
            (201, JSON): answer,
            (207, JSON): answer,
            (422, PROBLEM_TYPE): refusal,
        },
    )


_UPLOAD = (
    "一次上传一条（直接写记录），或一批（写在 items 里，最多 1,000 条）。"
    "每条都有自己的回执；一条有错不影响其他条，除非 atomic=true。"
    "201：单条已记入；200：全部已在台账里；207：有的没有记入；422：一条也没有记入。"
)
_TRIAL = (
    "和正式上传用同样的检查，给同样的结果，但什么也不写入。"
    "试传结果记入系统的健康卡；连续 7 天没有错误即得到“对接合格”标记。"
)


def _options() -> list[OpenApiParameter]:
    told = {
        "atomic": "true 时整批要么全部记入，要么全部不记",
        "dry_run": "true 时只检查，不写入",
    }
    flags = [
        OpenApiParameter(name, OpenApiTypes.STR, enum=["true", "false"], description=meaning)
        for name, meaning in told.items()
    ]
    return [*flags, _operator()]


def _operator() -> OpenApiParameter:
    said = "渠道系统代传时，被代传经营户的统一社会信用代码；自己的系统不用写"
    return OpenApiParameter("operator", OpenApiTypes.STR, description=said)


def _idempotency_key() -> OpenApiParameter:
    return OpenApiParameter(
        idempotency.HEADER,
        {"type": "string", "pattern": r"^[\x21-\x7e]{8,80}$"},
        OpenApiParameter.HEADER,
        required=True,
        description="每个写入请求一个不重复的编号（如 UUID）；没有收到回答时用同一编号重发",
    )


def paged() -> list[OpenApiParameter]:
    """The parameters of every list."""
    size = {"type": "integer", "minimum": 1, "maximum": MOST_ON_A_PAGE, "default": 100}
    return [
        OpenApiParameter("limit", size, description="一页多少条"),
        OpenApiParameter("cursor", OpenApiTypes.STR, description="上一页回答里的 next，原样带上"),
    ]


def named(name: str, meaning: str) -> OpenApiParameter:
    """The number of a thing in an address; larger than many languages' integers."""
    whole = {"type": "integer", "minimum": 1, "maximum": 2**63 - 1}
    return OpenApiParameter(name, whole, OpenApiParameter.PATH, description=meaning)


def _list(kind: SheetKind) -> Any:
    number = OpenApiParameter("external_id", OpenApiTypes.STR, description="只看这一个企业内部编号")
    return extend_schema(
        operation_id=f"{kind.code}_list",
        tags=["查询"],
        summary=f"列出本系统上传的{kind.name}",
        description="从新到旧；每条有企业内部编号、平台的记录编号和追溯码。",
        parameters=[*paged(), number, _operator()],
        responses={(200, JSON): _ref("RecordPage")},
    )


def _component(kind: SheetKind) -> str:
    return kind.code.title()


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def complete(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Add the components, and to every operation the faults it may answer; for drf-spectacular."""
    components = result.setdefault("components", {}).setdefault("schemas", {})
    components |= _shared_components()
    for code in KIND_CODES:
        components |= _item_components(find_kind(code))
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            if isinstance(operation, dict) and path.startswith("/api/v1/"):
                _add_faults(path, method, operation)
    result["servers"] = [{"url": "/", "description": "本平台"}]
    return result


KIND_CODES = ("purchases", "sales", "products", "partners", "inspections", "production")


def _add_faults(path: str, method: str, operation: dict[str, Any]) -> None:
    answers = operation.setdefault("responses", {})
    for status, meaning in FAULTS.items():
        if status in WRITES_ONLY and method == "get":
            continue
        told = answers.setdefault(status, {"content": {PROBLEM_TYPE: {"schema": _ref("Problem")}}})
        told["description"] = told.get("description") or meaning
        if status == "429":
            whole = {"type": "integer", "minimum": 1}
            told["headers"] = {"Retry-After": {"description": "等待的秒数", "schema": whole}}
    for status, told in answers.items():
        if status not in FAULTS:
            told["description"] = _SUCCESSES.get(status, "成功")


_SUCCESSES = {
    "201": "已记入，或已登记",
    "202": "已排队发送",
    "204": "已完成，没有内容",
    "207": "部分记入，逐条见 receipts",
}


def _text(meaning: str = "", **more: Any) -> dict[str, Any]:
    return {"type": "string", **({"description": meaning} if meaning else {}), **more}


def _object(properties: dict[str, Any], *optional: str, **more: Any) -> dict[str, Any]:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "required": required, "properties": properties, **more}


def _item_components(kind: SheetKind) -> dict[str, Any]:
    name = _component(kind)
    properties: dict[str, Any] = {
        "external_id": _text(
            "贵系统里这条记录的编号；重发时用同一个", minLength=1, maxLength=64,
            pattern=items.EXTERNAL_ID,
        )
    }  # fmt: skip
    properties |= {column.field: _field(column.field, column.title) for column in kind.columns}
    needed = ["external_id", *(column.field for column in kind.columns if column.is_required)]
    example = {"external_id": "ERP-20260401-0001", **kind.example[0]} if kind.example else {}
    item = {
        "type": "object",
        "description": f"{kind.name}的一条",
        "required": needed,
        "properties": properties,
        "additionalProperties": False,
        "examples": [example],
    }
    options = {
        "atomic": {"type": "boolean"},
        "dry_run": {"type": "boolean"},
        "operator": _text(),
    }
    many = {
        "type": "array",
        "minItems": 1,
        "maxItems": items.MOST_ITEMS,
        "items": _ref(f"{name}Item"),
    }
    batch = _object({"items": many, **options}, *options, additionalProperties=False)
    return {f"{name}Item": item, f"{name}Batch": batch}


def _field(field: str, title: str) -> dict[str, Any]:
    said: dict[str, Any] = {"description": title, "maxLength": items.MOST_CHARACTERS}
    if items.takes_number(field):
        return {"type": ["string", "number", "null"], **said}
    if items.takes_flag(field):
        return {"type": ["string", "boolean", "null"], **said}
    return {"type": ["string", "null"], **said}


_NUMBER = {"type": "integer", "minimum": 0}
_NULLABLE = {"type": ["string", "null"]}
_RECEIPT = {
    "position": {"type": "integer", "minimum": 1, "description": "第几条，从 1 起"},
    "external_id": _text("贵系统的编号"),
    "status": _text(
        "recorded 已记入；same 台账里已有，没有重复记；refused 没有记入",
        enum=["recorded", "same", "refused"],
    ),
    "record_id": {**_NULLABLE, "description": "平台的记录编号"},
    "code": {**_NULLABLE, "description": "追溯码"},
    "problems": {"type": "array", "items": _ref("Fault")},
}
_ANSWER = {
    "upload_id": {**_NULLABLE, "description": "回执编号，可在 /api/v1/receipts 取回"},
    "kind": _text(),
    "sent": _NUMBER,
    "recorded": _NUMBER,
    "same": _NUMBER,
    "refused": _NUMBER,
    "receipts": {"type": "array", "items": _ref("Receipt")},
}
_RECORD = {
    "external_id": _text(),
    "record_id": _text(),
    "code": _NULLABLE,
    "upload_id": _text(),
    "recorded_at": _text(format="date-time"),
}
_SUMMARY = {
    "upload_id": _text(),
    "kind": _text(),
    "status": {"type": "integer"},
    "sent": _NUMBER,
    "accepted": _NUMBER,
    "idempotency_key": _text(),
    "created_at": _text(format="date-time"),
}
_FAULT = {
    "code": _text("固定的英文代码"),
    "field": _text("哪个字段；空白指整条"),
    "message": _text("中文说明，写明怎样改正"),
    "severity": _text("warning 只是提示，不影响记入", enum=["error", "warning"]),
}
_HEAD = {"type": _text(), "title": _text(), "status": {"type": "integer"}}
_PROBLEM = {
    **_HEAD,
    "problems": {"type": "array", "items": _ref("Fault")},
    "canonical": _text("签名不对时：平台算出的待签文本，供逐行比较"),
}


def _page(row: dict[str, Any]) -> dict[str, Any]:
    return _object({"items": {"type": "array", "items": row}, "next": _NULLABLE})


def _shared_components() -> dict[str, Any]:
    return {
        "Fault": _object(_FAULT, "severity"),
        "Problem": _object(_PROBLEM, "problems", "canonical"),
        "Receipt": _object(_RECEIPT),
        "UploadAnswer": _object(_ANSWER),
        "UploadRefusal": _object({**_HEAD, **_ANSWER}),
        "RecordPage": _page(_object(_RECORD)),
        "UploadPage": _page(_object(_SUMMARY)),
    }
