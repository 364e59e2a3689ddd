"""The controls of every check."""

from __future__ import annotations

from .controls import Control, names
from .correspondence.controls import CONTROLS as CORRESPONDENCE
from .hybrid.controls import CONTROLS as HYBRID
from .influence.controls import CONTROLS as INFLUENCE
from .properties.controls import CONTROLS as PROPERTIES
from .relations.controls import CONTROLS as RELATIONS

__all__ = ["NAMES", "TABLES"]

# in the order of the checks
TABLES: dict[str, tuple[Control, ...]] = {
    "correspondence": CORRESPONDENCE,
    "influence": INFLUENCE,
    "relations": RELATIONS,
    "properties": PROPERTIES,
    "hybrid": HYBRID,
}
# controls may belong to several checks
NAMES = tuple(dict.fromkeys(name for table in TABLES.values() for name in names(table)))
