"""How a graph came about, in words, for a terminal."""

from __future__ import annotations

from pclip.missions.generate import Generated

_SHOWN_PHRASES, _SHOWN_CHARS = 8, 40


def generation_lines(generated: Generated) -> list[str]:
    """What was asked, what it cost and what was left out, for a terminal."""
    answers = generated.answers
    models = ", ".join(dict.fromkeys(answer.model for answer in answers))
    lines = [f"{len(answers)} answers of {models}, {generated.repairs} of them to repairs"]
    counted = [a for a in answers if a.prompt_tokens is not None and a.answer_tokens is not None]
    if counted:
        asked = sum(a.prompt_tokens or 0 for a in counted)
        answered = sum(a.answer_tokens or 0 for a in counted)
        lines.append(f"{asked:,} tokens asked, {answered:,} answered")
    for level, (most, number) in enumerate(generated.sizes()[1:], start=2):
        if number < most:
            lines.append(f"level {level} has {number} words, of at most {most}")
    for reason, number in generated.counts().items():
        named = [entry.phrase for entry in generated.rejected if entry.reason == reason]
        phrases = list(dict.fromkeys(named))
        shown = ", ".join(phrase[:_SHOWN_CHARS] for phrase in phrases[:_SHOWN_PHRASES])
        more = ", ..." if len(phrases) > _SHOWN_PHRASES else ""
        lines.append(f"left out {number}, {reason}: {shown}{more}")
    return lines


def generation_warnings(generated: Generated) -> list[str]:
    """What a user should know of a graph that is smaller than was asked for."""
    asked, used = generated.sizes()[0]
    if used == asked:
        return []
    return [f"asked for {asked} key concepts, {used} could be used"]
