"""The words of missions: those of the graphs as clouds, those of the captions as bars."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from matplotlib import font_manager
from matplotlib.axes import Axes

from pclip.report.figures.style import Drawing, drawable, house_style, panels, value_grid
from pclip.report.plots import MissionGraph, MissionWords

MOST_BARS = 10
_LONGEST_WORD = 18  # letters; more leave no room for bars
_CLOUD_PIXELS = (900, 560)
# Okabe-Ito: told apart by readers with any colour vision.
_COLOURS = ("#0072B2", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#E69F00")


def _weights(graph: MissionGraph) -> Counter[str]:
    """Concept -> 1 and its edges, those from the sensor and to the embedding node too."""
    weights = Counter(concept for level in graph.levels for concept in level)
    for level in graph.levels[:1] + graph.levels[-1:]:
        weights.update(level)
    for edge in graph.edges:
        weights.update(edge)
    return Counter({concept: n for concept, n in weights.items() if concept.strip()})


def _cloud(axis: Axes, weights: Counter[str], colour: str) -> None:
    # Imported here: only this figure needs it, and it brings Pillow's drawing along.
    from wordcloud import WordCloud

    width, height = _CLOUD_PIXELS
    cloud = WordCloud(
        width=width,
        height=height,
        background_color="white",
        color_func=lambda *_, **__: colour,
        font_path=font_manager.findfont("DejaVu Sans"),
        prefer_horizontal=1.0,
        random_state=0,  # where words go; the same graph, the same cloud
        relative_scaling=0.5,
    )
    # Words with the most edges come first and largest; equal ones by name.
    ordered = sorted(weights.items(), key=lambda pair: (-pair[1], pair[0]))
    cloud.generate_from_frequencies(
        {drawable(word[:_LONGEST_WORD]): float(n) for word, n in ordered}
    )
    axis.imshow(cloud.to_array(), interpolation="bilinear")


def _bars(axis: Axes, words: MissionWords, colour: str) -> None:
    shown = words.counts[:MOST_BARS]
    axis.barh(range(len(shown)), [n for _, n in shown], color=colour, height=0.7)
    axis.set_yticks(range(len(shown)), [drawable(word[:_LONGEST_WORD]) for word, _ in shown])
    axis.set_ylim(MOST_BARS - 0.4, -0.6)
    axis.set_xlabel("times in the distinct captions")
    axis.tick_params(axis="y", length=0)
    value_grid(axis, "x")


def draw_words(graphs: Sequence[MissionGraph], words: Sequence[MissionWords]) -> Drawing:
    """For each mission its graph's words as a cloud, and its captions' most frequent as bars.

    Args:
        graphs: mission graphs; a mission without one has no cloud.
        words: the frequent words of each mission, at least one.
    """
    graph_of = {graph.title: graph for graph in graphs}
    count = len(words)
    with house_style():
        figure, axes = panels(2 * count, columns=count, width=3.4, height=2.5)
        for i, own in enumerate(words):
            colour = _COLOURS[i % len(_COLOURS)]
            cloud, bars = axes[i], axes[count + i]
            cloud.set_title(drawable(own.title))
            cloud.set_axis_off()
            if own.title in graph_of and (weights := _weights(graph_of[own.title])):
                _cloud(cloud, weights, colour)
            _bars(bars, own, colour)
    return Drawing(
        "words",
        "Words of the missions",
        "Above, the words of each mission graph; the more edges, the larger. Below, the words that "
        "the captions of the mission's flows have most often, without numbers and words such as "
        "the and of; each distinct caption counts once. (Counterpart of the paper's Figure 6.)",
        figure,
    )
