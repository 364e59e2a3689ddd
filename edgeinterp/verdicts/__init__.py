"""Numbers -> verdicts, a module a check. Every threshold of every verdict lives here."""

from .correspondence import correspondence_verdicts
from .influence import influence_verdicts
from .properties import property_verdicts
from .relations import relation_verdicts

__all__ = ["correspondence_verdicts", "influence_verdicts", "property_verdicts", "relation_verdicts"]
