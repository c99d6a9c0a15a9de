from enterprises.models.access import AuditEntry, RateBucket, VerificationCode
from enterprises.models.api_keys import ApiKey, ApiUpload, UploadedItem, UsedNonce
from enterprises.models.divisions import Division, DivisionSuccession, Station, was_standing
from enterprises.models.imports import ImportMapping, ImportRow, ImportSession
from enterprises.models.jobs import Job
from enterprises.models.operators import (
    CateringClass,
    Licence,
    LicenceKind,
    Operator,
    OperatorChange,
    OperatorKind,
    OperatorState,
    RegistrationApplication,
    Sector,
    Standing,
)
from enterprises.models.people import Invitation, Membership, Person
from enterprises.models.systems import (
    Docking,
    RecordKind,
    SandboxTrial,
    SelfBuiltSystem,
    Stage,
    SystemAlert,
    SystemClient,
    SystemDay,
    SystemKind,
    SystemStep,
)
from enterprises.models.webhooks import Webhook, WebhookDelivery

__all__ = [
    "ApiKey",
    "ApiUpload",
    "AuditEntry",
    "CateringClass",
    "Division",
    "DivisionSuccession",
    "Docking",
    "ImportMapping",
    "ImportRow",
    "ImportSession",
    "Invitation",
    "Job",
    "Licence",
    "LicenceKind",
    "Membership",
    "Operator",
    "OperatorChange",
    "OperatorKind",
    "OperatorState",
    "Person",
    "RateBucket",
    "RecordKind",
    "RegistrationApplication",
    "SandboxTrial",
    "Sector",
    "SelfBuiltSystem",
    "Stage",
    "Standing",
    "Station",
    "SystemAlert",
    "SystemClient",
    "SystemDay",
    "SystemKind",
    "SystemStep",
    "UploadedItem",
    "UsedNonce",
    "VerificationCode",
    "Webhook",
    "WebhookDelivery",
    "was_standing",
]
