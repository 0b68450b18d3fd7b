"""The prompt that asks a language model for paraphrases of a slotted template.

It is made of a template alone. Values are put into slots after the model has answered, so nothing
read from a packet or a flow can reach a prompt.
"""

from __future__ import annotations

from pclip.text.slots import SLOT, SLOTS

PARAPHRASES_ASKED = 40

_PROMPT = """\
Paraphrase this sentence about network traffic in {number} different ways:

{template}

The words in angle brackets are slots. A value is put into each of them later:
{slots}

Rules:
- Each paraphrase is one complete sentence of plain English with at most 35 words. It begins with \
a capital letter or a slot and ends with a full stop.
- Use every slot exactly once in every paraphrase and leave its name and brackets unchanged.
- Keep the unit of a slot right behind it, as in the sentence above.
- Keep directions: where the sentence says forward or backward, say it with the same word, near \
the same slot.
- A value may be one or many, so let no verb agree with a slot.
- Add no facts, no numbers and no judgement, and leave none of the facts out. Do not name any \
attack or class of traffic.
- Vary the structure of the sentences and the vocabulary as much as you can.

Answer with a numbered list of {number} sentences and nothing else.
"""


def paraphrase_prompt(template: str) -> str:
    """The prompt for one template.

    Args:
        template: a slotted sentence, such as one of `SLOTTED_TEMPLATES`.

    Raises:
        KeyError: a slot that is not in `SLOTS`.

    Source: PacketCLIP section 3.2, step 4. The paper prints no prompt; the words are ours.
    """
    lines = []
    for name in SLOT.findall(template):
        slot = SLOTS[name]
        unit = f" (unit: {slot.unit.text})" if slot.unit else ""
        lines.append(f"<{name}>: {slot.meaning}{unit}")
    return _PROMPT.format(number=PARAPHRASES_ASKED, template=template, slots="\n".join(lines))
