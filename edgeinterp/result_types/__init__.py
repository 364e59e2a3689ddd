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
from .properties import FeatureScore, LayerProperties, LeftOut, PropertiesResult, RivalScore
from .relations import (
    Contrast,
    HeadScore,
    Licensed,
    PairLeftOut,
    RelationRival,
    RelationsResult,
    TemplateScore,
)
from .shared import ControlScore, Margin, TextScores, Verdict

__all__ = [
    "Contrast",
    "ControlScore",
    "CorrespondenceResult",
    "Example",
    "FeatureScore",
    "Foreign",
    "HeadScore",
    "LayerCorrespondence",
    "LayerProperties",
    "LeftOut",
    "LengthBin",
    "Licensed",
    "MapScores",
    "Margin",
    "PairLeftOut",
    "PositionScore",
    "PropertiesResult",
    "RelationRival",
    "RelationsResult",
    "Rise",
    "RivalScore",
    "Swap",
    "TemplateScore",
    "TextScores",
    "TokenScore",
    "Verdict",
]
