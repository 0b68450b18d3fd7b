"""Mission graphs: sensor, concepts level by level, embedding node."""

from __future__ import annotations

import re

from pclip.report.figures.style import INK, MUTED, Drawing, drawable, house_style, new_figure
from pclip.report.plots import MissionGraph

_SWEEPS = 12
_LEVEL_COLOURS = ("#CFE3F3", "#D6EFE5", "#F9E6C4", "#EFD9E7")
_END_COLOUR = "#E9E9E9"


def _arranged(mission: MissionGraph) -> list[list[str]]:
    """Levels with each concept near the mean height of its neighbours (barycentre sweeps)."""
    levels = [list(level) for level in mission.levels]

    def sort_by(level: list[str], fixed: list[str], pairs: dict[str, list[str]]) -> None:
        height = {concept: (i + 0.5) / len(fixed) for i, concept in enumerate(fixed)}
        old = {concept: (i + 0.5) / len(level) for i, concept in enumerate(level)}

        def centre(concept: str) -> tuple[float, float]:
            near = [height[other] for other in pairs.get(concept, ()) if other in height]
            return (sum(near) / len(near) if near else old[concept], old[concept])

        level.sort(key=centre)

    down: dict[str, list[str]] = {}
    up: dict[str, list[str]] = {}
    for source, target in mission.edges:
        down.setdefault(source, []).append(target)
        up.setdefault(target, []).append(source)
    for _ in range(_SWEEPS):
        for i in range(1, len(levels)):
            sort_by(levels[i], levels[i - 1], up)
        for i in range(len(levels) - 2, -1, -1):
            sort_by(levels[i], levels[i + 1], down)
    return levels


def draw_mission(mission: MissionGraph) -> Drawing:
    """A mission as the hierarchical GNN walks it, from left to right."""
    levels = _arranged(mission)
    tallest = max((len(level) for level in levels), default=1)
    place = {
        concept: (i + 1.0, (row + 0.5) / len(level))
        for i, level in enumerate(levels)
        for row, concept in enumerate(level)
    }
    sensor, embedding = (0.0, 0.5), (len(levels) + 1.0, 0.5)
    steps = [(sensor, place[concept]) for concept in (levels[0] if levels else [])]
    steps += [(place[source], place[target]) for source, target in mission.edges]
    steps += [(place[concept], embedding) for concept in (levels[-1] if levels else [])]
    with house_style():
        figure = new_figure(1.9 * (len(levels) + 2), 0.27 * tallest + 0.9)
        axis = figure.subplots()
        for (x0, y0), (x1, y1) in steps:
            axis.plot([x0, x1], [y0, y1], color="#B5B5B5", lw=0.7, zorder=1)
        nodes = [("sensor", sensor, _END_COLOUR), ("embedding", embedding, _END_COLOUR)]
        nodes += [
            (concept, place[concept], _LEVEL_COLOURS[i % len(_LEVEL_COLOURS)])
            for i, level in enumerate(levels)
            for concept in level
        ]
        for label, (x, y), colour in nodes:
            box = {
                "boxstyle": "round,pad=0.28",
                "facecolor": colour,
                "edgecolor": "#9A9A9A",
                "lw": 0.6,
            }
            axis.text(
                x, y, drawable(label), ha="center", va="center", fontsize=8, color=INK, bbox=box
            )
        heads = ["key concepts"] + [f"expansion {i}" for i in range(1, len(levels))]
        for i, head in enumerate(heads[: len(levels)], start=1):
            axis.text(i, -0.6 / tallest, head, ha="center", va="bottom", fontsize=8.5, color=MUTED)
        axis.set_xlim(-0.35, len(levels) + 1.4)
        axis.set_ylim(1.02, -1.1 / tallest)
        axis.set_axis_off()
        axis.set_title(drawable(mission.title))
    slug = re.sub(r"[^a-z0-9]+", "_", mission.title.lower()).strip("_") or "untitled"
    return Drawing(
        f"mission_{slug}",
        f"Mission graph: {mission.title}",
        f"The mission graph {mission.title}: the packet's vector enters at the sensor, is combined "
        "with the text vector of each concept on the way, and leaves at the embedding node, which "
        f"the temporal model reads. {sum(map(len, levels))} concepts in {len(levels)} levels, "
        f"{len(mission.edges)} edges between concepts.",
        figure,
    )
