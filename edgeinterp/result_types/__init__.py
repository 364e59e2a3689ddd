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
from .properties import FeatureScore, LayerProperties, LeftOut, PropertiesResult, RivalScore, Units
from .relations import (
    Contrast,
    HeadScore,
    Licensed,
    PairLeftOut,
    PairSentence,
    RelationRival,
    RelationsResult,
    TemplateScore,
)
from .shared import ControlScore, Margin, TextScores, Verdict

__all__ = [
    "Agreement",
    "BestHead",
    "Contrast",
    "ControlScore",
    "CorrespondenceResult",
    "Example",
    "FeatureScore",
    "Foreign",
    "HeadInfluence",
    "HeadScore",
    "HeadSummary",
    "InfluenceResult",
    "LayerCorrespondence",
    "LayerInfluence",
    "LayerProperties",
    "LeftOut",
    "LengthBin",
    "Licensed",
    "MapScores",
    "Margin",
    "NamedHead",
    "PairLeftOut",
    "PairSentence",
    "PositionScore",
    "PropertiesResult",
    "ReferenceAgreement",
    "RelationRival",
    "RelationsResult",
    "Rise",
    "RivalAgreement",
    "RivalScore",
    "SentenceView",
    "Span",
    "Swap",
    "TemplateScore",
    "TextScores",
    "TokenScore",
    "Units",
    "Verdict",
]
