"""The registry of figures: a new figure is a module of this folder and a line here."""

from collections.abc import Mapping
from types import MappingProxyType

from cstokg.web.figures import meeting_map, neighbourhood, statement_flows, timeline, topic_matrix
from cstokg.web.figures.figure import FigureKind

# In the order of the list of figures; the name of each is part of its address.
FIGURES: Mapping[str, FigureKind] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            timeline.KIND,
            meeting_map.KIND,
            topic_matrix.KIND,
            statement_flows.KIND,
            neighbourhood.KIND,
        )
    }
)
