from supervision.models.bulletins import PROVINCE_PATH, Bulletin, BulletinComment
from supervision.models.changes import ValueChange
from supervision.models.channels import ChannelMonth
from supervision.models.classes import ClassMonth
from supervision.models.evaluation import ScoreWeights
from supervision.models.findings import Finding, RadarMark, RadarPass
from supervision.models.licences import LicenceMonth
from supervision.models.parameters import IndicatorParameter, IndicatorTarget
from supervision.models.statuses import CityStatus
from supervision.models.suspicions import ScoringPass, Suspicion
from supervision.models.tallies import (
    CHANNEL_BITS,
    SECTOR_CODES,
    SECTORS_BY_CODE,
    STANDING_CODES,
    AreaMonth,
    DivisionDay,
    DivisionMonth,
    MonthFreeze,
    OperatorMonth,
    OperatorMonthDays,
)

__all__ = [
    "CHANNEL_BITS",
    "PROVINCE_PATH",
    "SECTORS_BY_CODE",
    "SECTOR_CODES",
    "STANDING_CODES",
    "AreaMonth",
    "Bulletin",
    "BulletinComment",
    "ChannelMonth",
    "CityStatus",
    "ClassMonth",
    "DivisionDay",
    "DivisionMonth",
    "Finding",
    "IndicatorParameter",
    "IndicatorTarget",
    "LicenceMonth",
    "MonthFreeze",
    "OperatorMonth",
    "OperatorMonthDays",
    "RadarMark",
    "RadarPass",
    "ScoreWeights",
    "ScoringPass",
    "Suspicion",
    "ValueChange",
]
