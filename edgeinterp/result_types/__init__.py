"""What each check returns, a module a check: plain data, the parts of ``result.json``.

``to_dict`` gives JSON values only: what could not be computed is ``null`` with a ``reason`` beside it, never NaN.
"""

from .correspondence import (
    CorrespondenceResult,
    Example,
    Foreign,
    LayerCorrespondence,
    LengthBin,
    MapScores,
    PositionScore,
    Rise,
    Swap,
    TokenScore,
)
from .influence import (
    Agreement,
    BestHead,
    HeadInfluence,
    HeadSummary,
    InfluenceResult,
    LayerInfluence,
    NamedHead,
    ReferenceAgreement,
    RivalAgreement,
    SentenceView,
    Span,
)
from .properties import FeatureScore, LayerProperties, LeftOut, PropertiesResult, RivalScore
from .shared import ControlScore, Margin, TextScores, Verdict

__all__ = [
    "Agreement",
    "BestHead",
    "ControlScore",
    "CorrespondenceResult",
    "Example",
    "FeatureScore",
    "Foreign",
    "HeadInfluence",
    "HeadSummary",
    "InfluenceResult",
    "LayerCorrespondence",
    "LayerInfluence",
    "LayerProperties",
    "LeftOut",
    "LengthBin",
    "MapScores",
    "Margin",
    "NamedHead",
    "PositionScore",
    "PropertiesResult",
    "ReferenceAgreement",
    "Rise",
    "RivalAgreement",
    "RivalScore",
    "SentenceView",
    "Span",
    "Swap",
    "TextScores",
    "TokenScore",
    "Verdict",
]
