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
from .properties import FeatureScore, LayerProperties, LeftOut, PropertiesResult, RivalScore, Units
from .shared import ControlScore, Margin, TextScores, Verdict

__all__ = [
    "ControlScore",
    "CorrespondenceResult",
    "Example",
    "FeatureScore",
    "Foreign",
    "LayerCorrespondence",
    "LayerProperties",
    "LeftOut",
    "LengthBin",
    "MapScores",
    "Margin",
    "PositionScore",
    "PropertiesResult",
    "Rise",
    "RivalScore",
    "Swap",
    "TextScores",
    "TokenScore",
    "Units",
    "Verdict",
]
