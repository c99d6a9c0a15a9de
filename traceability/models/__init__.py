from traceability.models.batches import (
    CHANGES_HANDS,
    Batch,
    BatchOrigin,
    BatchRevision,
    Link,
    LinkKind,
)
from traceability.models.cases import AccessReceipt, TraceCase, TraceRun
from traceability.models.catalogue import (
    GoodsCategory,
    GoodsClass,
    Product,
    ShelfLifeUnit,
    end_of_shelf_life,
)
from traceability.models.duplicates import DuplicateSuspect
from traceability.models.epcis import (
    EpcisCapture,
    EpcisEvent,
    EpcisQuery,
    EpcisSubscription,
    OperatorNumber,
)
from traceability.models.evidence import EvidenceDocument
from traceability.models.inspections import FactoryInspection
from traceability.models.marks import MonthMark, QuietMonth, Submission
from traceability.models.movements import ReturnedGoods, StockMovement
from traceability.models.partners import Partner
from traceability.models.purchases import IncomingDraft, Purchase
from traceability.models.recalls import Hold, Recall, RecallBatch, RecallEvent, RecallNotice
from traceability.models.records import Channel, RecordState
from traceability.models.runs import Package, Run, RunOutput
from traceability.models.sales import Sale

__all__ = [
    "CHANGES_HANDS",
    "AccessReceipt",
    "Batch",
    "BatchOrigin",
    "BatchRevision",
    "Channel",
    "DuplicateSuspect",
    "EpcisCapture",
    "EpcisEvent",
    "EpcisQuery",
    "EpcisSubscription",
    "EvidenceDocument",
    "FactoryInspection",
    "GoodsCategory",
    "GoodsClass",
    "Hold",
    "IncomingDraft",
    "Link",
    "LinkKind",
    "MonthMark",
    "OperatorNumber",
    "Package",
    "Partner",
    "Product",
    "Purchase",
    "QuietMonth",
    "Recall",
    "RecallBatch",
    "RecallEvent",
    "RecallNotice",
    "RecordState",
    "ReturnedGoods",
    "Run",
    "RunOutput",
    "Sale",
    "ShelfLifeUnit",
    "StockMovement",
    "Submission",
    "TraceCase",
    "TraceRun",
    "end_of_shelf_life",
]
