"""Paraphrases: what is kept, and what small models do that is not."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pclip.data.classes import GROUP_NAME_OF_CLASS
from pclip.data.descriptions import DESCRIPTIONS
from pclip.missions import load_missions
from pclip.text.near_duplicates import grams, similarity
from pclip.text.paraphrase_checks import NEAR_DUPLICATE, RULES, broken_rule, check
from pclip.text.paraphrase_prompts import paraphrase_prompt
from pclip.text.slots import SLOT, SLOTS
from pclip.text.slotted_templates import SLOTTED_TEMPLATES

DURATION = "This <PROTOCOL> flow lasts <DURATION_S> seconds and carries <PACKETS> packets."
DIRECTIONS = (
    "This <PROTOCOL> flow sends <FORWARD_PACKETS> packets forward "
    "and <BACKWARD_PACKETS> packets backward."
)
RATES = (
    "The <PROTOCOL> conversation proceeds at <PACKET_RATE> packets per second "
    "and <BYTE_RATE> bytes per second."
)
EXTREMES = (
    "In this <LIFETIME> <PROTOCOL> flow, the largest packet holds <LARGEST_BYTES> bytes "
    "of payload and the smallest holds <SMALLEST_BYTES> bytes."
)
GAP = (
    "In this <PROTOCOL> flow of <PACKETS> packets, the average gap between packets "
    "is <MEAN_GAP_MS> milliseconds."
)

MEAN = "The packets of this <PROTOCOL> flow carry <MEAN_BYTES> bytes of payload on average."
VOLUME = "Within <DURATION_S> seconds, this <PROTOCOL> exchange transfers <BYTES> bytes of payload."
SHARE = (
    "This <LIFETIME> <PROTOCOL> flow sends <FORWARD_SHARE> percent of its <BYTES> bytes "
    "of payload forward."
)

KEPT = [
    (DURATION, "<PACKETS> packets passed within <DURATION_S> seconds of this <PROTOCOL> flow."),
    (DURATION, "With <PACKETS> packets in total, a <PROTOCOL> flow runs for <DURATION_S> seconds."),
    (DURATION, "A <DURATION_S>-second flow over <PROTOCOL> consists of <PACKETS> packets."),
    (DIRECTIONS, "Backward, the <PROTOCOL> flow has <BACKWARD_PACKETS> packets; forward, it has "
                 "<FORWARD_PACKETS> packets."),
    (DIRECTIONS, "With <FORWARD_PACKETS> forward packets and <BACKWARD_PACKETS> backward packets, "
                 "this flow uses <PROTOCOL>."),
    (RATES, "At <BYTE_RATE> bytes per second, the <PROTOCOL> talk makes <PACKET_RATE> packets "
            "every second."),
    (EXTREMES, "Payload in the <LIFETIME> flow over <PROTOCOL> ranges from a smallest packet of "
               "<SMALLEST_BYTES> bytes to a largest of <LARGEST_BYTES> bytes."),
    (GAP, "On average <MEAN_GAP_MS> milliseconds lie between the <PACKETS> packets of the "
          "<PROTOCOL> flow."),
    (GAP, "Packets of the <PROTOCOL> flow, <PACKETS> packets in all, come <MEAN_GAP_MS> "
          "milliseconds apart on average."),
    (MEAN, "Per packet, this <PROTOCOL> flow has a mean of <MEAN_BYTES> bytes of payload."),
    (MEAN, "The average packet of this <PROTOCOL> flow holds <MEAN_BYTES> bytes per packet."),
    (DURATION, "A <DURATION_S>-second, <PACKETS>-packet flow was seen over <PROTOCOL>."),
    (DURATION, "Spread over <DURATION_S> seconds, the <PROTOCOL> flow has <PACKETS> packets."),
    (RATES, "Every second brings <PACKET_RATE> packets per second and <BYTE_RATE> bytes per second "
            "to the <PROTOCOL> talk."),
]  # fmt: skip


@pytest.mark.parametrize(("template", "sentence"), KEPT)
def test_a_true_paraphrase_breaks_no_rule(template: str, sentence: str) -> None:
    assert broken_rule(sentence, template) is None


@pytest.mark.parametrize("template", SLOTTED_TEMPLATES)
def test_a_template_breaks_no_rule_but_is_no_paraphrase_of_itself(template: str) -> None:
    assert broken_rule(template, template) is None
    assert check([template], template).rejected == ((template, NEAR_DUPLICATE),)


# What small local models gave back in place of a paraphrase, by kind.
FAILURES = [
    # Altered, lost and invented slots and numbers.
    ("slots", DURATION, "This <PROTOCOL> flow lasts 12 seconds and carries <PACKETS> packets."),
    ("slots", DURATION, "This <PROTOCOL> flow lasts <DURATION> seconds and has <PACKETS> packets."),
    ("slots", DURATION, "This <PROTOCOL> flow lasts < DURATION_S > seconds for "
                        "<PACKETS> packets."),
    ("characters", DURATION, "This &lt;PROTOCOL&gt; flow lasts <DURATION_S> seconds for "
                        "<PACKETS> packets."),
    ("slots", DURATION, "This <PROTOCOL> flow lasts <DURATION_S> seconds over <PROTOCOL> with "
                        "<PACKETS> packets."),
    ("digits", DURATION, "This <PROTOCOL> flow lasts <DURATION_S> seconds and carries <PACKETS> "
                         "packets of 40 bytes."),
    ("digits", DURATION, "Fully 100% of this <PROTOCOL> flow lasts <DURATION_S> seconds and "
                         "carries <PACKETS> packets."),
    ("number-words", DURATION, "These two ends of a <PROTOCOL> flow use <DURATION_S> seconds for "
                               "<PACKETS> packets."),
    # Swapped.
    ("units", DURATION, "This <PROTOCOL> flow lasts <PACKETS> seconds and carries <DURATION_S> "
                        "packets."),
    ("units", DURATION, "This <PACKETS> flow lasts <DURATION_S> seconds and carries <PROTOCOL> "
                        "packets."),
    ("opposites", DIRECTIONS, "This <PROTOCOL> flow sends <BACKWARD_PACKETS> packets forward and "
                              "<FORWARD_PACKETS> packets backward."),
    ("opposites", DIRECTIONS, "Forward go <BACKWARD_PACKETS> packets of this <PROTOCOL> flow, and "
                              "backward <FORWARD_PACKETS> packets."),
    ("opposites", DIRECTIONS, "This <PROTOCOL> flow has <FORWARD_PACKETS> packets and then "
                              "<BACKWARD_PACKETS> packets."),
    ("opposites", DURATION, "This <PROTOCOL> flow lasts <DURATION_S> seconds and carries <PACKETS> "
                            "packets forward."),
    ("opposites", EXTREMES, "In this <LIFETIME> <PROTOCOL> flow, the largest packet holds "
                            "<SMALLEST_BYTES> bytes of payload and the smallest <LARGEST_BYTES> "
                            "bytes."),
    ("units", RATES, "The <PROTOCOL> conversation proceeds at <BYTE_RATE> packets per second and "
                     "<PACKET_RATE> bytes per second."),
    ("units", DURATION, "This <PROTOCOL> flow lasts <DURATION_S> milliseconds and carries "
                        "<PACKETS> packets."),
    ("units", DURATION, "This <PROTOCOL> flow lasts <DURATION_S> seconds and carries <PACKETS> "
                        "packets per second."),
    ("units", DURATION, "This <PROTOCOL> flow with its <PACKETS> lasts <DURATION_S> seconds."),
    ("units", EXTREMES, "In a flow of <LIFETIME> duration over <PROTOCOL>, the largest packet "
                        "holds <LARGEST_BYTES> bytes and the smallest <SMALLEST_BYTES> bytes."),
    ("units", EXTREMES, "Over <LIFETIME>, this <PROTOCOL> flow has <LARGEST_BYTES> bytes in the "
                        "largest packet and <SMALLEST_BYTES> bytes in the smallest."),
    # A quantity made another one.
    ("units", VOLUME, "Within <DURATION_S> seconds, this <PROTOCOL> exchange delivers <BYTES> "
                      "bytes of payload per second."),
    ("units", VOLUME, "For <DURATION_S> seconds, this <PROTOCOL> exchange puts <BYTES> bytes of "
                      "payload in each packet."),
    ("units", DURATION, "During <DURATION_S> seconds this <PROTOCOL> flow moves <PACKETS> packets "
                        "per minute."),
    ("units", DURATION, "Every hour, this <PROTOCOL> flow of <DURATION_S> seconds moves <PACKETS> "
                        "packets."),
    ("characters", DURATION, "During <DURATION_S> seconds this <PROTOCOL> flow moves <PACKETS> "
                             "packets/second."),
    ("units", DURATION, "The <PROTOCOL> flow of <PACKETS> packets takes <DURATION_S> seconds per "
                        "packet."),
    ("units", DURATION, "The <PROTOCOL> flow of <PACKETS> packets started <DURATION_S> seconds "
                        "ago."),
    ("units", DURATION, "With <DURATION_S> seconds between <PACKETS> packets, this flow uses "
                        "<PROTOCOL>."),
    ("units", MEAN, "On average, this <PROTOCOL> flow has <MEAN_BYTES> bytes of payload per "
                    "second."),
    ("units", DURATION, "In <DURATION_S> seconds, this <PROTOCOL> flow carries <PACKETS> packet in "
                        "total."),
    ("units", DURATION, "In <DURATION_S> second, this <PROTOCOL> flow carries <PACKETS> packets in "
                        "total."),
    ("roles", GAP, "The average duration is <MEAN_GAP_MS> milliseconds, and between both ends this "
                   "<PROTOCOL> flow has <PACKETS> packets."),
    ("roles", GAP, "With <PACKETS> packets between both ends of the <PROTOCOL> flow, the average "
                   "duration is <MEAN_GAP_MS> milliseconds."),
    ("roles", GAP, "With gaps between <PACKETS> packets, the <PROTOCOL> flow has <MEAN_GAP_MS> "
                   "milliseconds on average."),
    ("roles", MEAN, "This mean <PROTOCOL> flow carries <MEAN_BYTES> bytes of payload."),
    ("roles", MEAN, "On average, this <PROTOCOL> flow carries <MEAN_BYTES> bytes in all."),
    ("roles", MEAN, "Packets of this <PROTOCOL> flow average <MEAN_BYTES> bytes of payload, which "
                    "is below average."),
    ("roles", DURATION, "On average, this <PROTOCOL> flow carries <PACKETS> packets in "
                        "<DURATION_S> seconds."),
    ("roles", GAP, "In this <PROTOCOL> flow of <PACKETS> average packets, the mean gap is "
                   "<MEAN_GAP_MS> milliseconds."),
    ("roles", GAP, "In this <PROTOCOL> flow with an average of <PACKETS> packets, the mean gap is "
                   "<MEAN_GAP_MS> milliseconds."),
    ("roles", GAP, "In this <PROTOCOL> flow of <PACKETS> packets on average, the mean gap is "
                   "<MEAN_GAP_MS> milliseconds."),
    ("roles", GAP, "In this <PROTOCOL> flow of <PACKETS> packets, the gap between packets is "
                   "<MEAN_GAP_MS> milliseconds."),
    ("roles", GAP, "This <PROTOCOL> flow of <PACKETS> packets takes <MEAN_GAP_MS> milliseconds on "
                   "average."),
    # Wrong for a value of one.
    ("agreement", DURATION, "There were <PACKETS> packets in the <DURATION_S> seconds of this "
                            "<PROTOCOL> flow."),
    ("agreement", DURATION, "<PACKETS> packets are carried by this <PROTOCOL> flow within "
                            "<DURATION_S> seconds."),
    ("agreement", DURATION, "Over <DURATION_S> seconds lasts a <PACKETS> packets long flow of "
                            "<PROTOCOL>."),
    ("agreement", DURATION, "In <DURATION_S> seconds, this <PROTOCOL> flow carries "
                            "<PACKETS>-packet in total."),
    ("agreement", DURATION, "Over <PROTOCOL>, <PACKETS> packets in this flow are carried for "
                            "<DURATION_S> seconds."),
    ("agreement", DURATION, "<PACKETS> packets in this <PROTOCOL> flow have <DURATION_S> seconds "
                            "to pass."),
    ("agreement", DURATION, "Over <PROTOCOL> pass <PACKETS> packets, which are all that this flow "
                            "has in <DURATION_S> seconds."),
    ("agreement", DURATION, "Over <PROTOCOL> pass <PACKETS> packets, all of which are sent in "
                            "<DURATION_S> seconds."),
    # Turned into a bound or into its opposite.
    ("bounds", DURATION, "This <PROTOCOL> flow lasts at least <DURATION_S> seconds and carries "
                         "<PACKETS> packets."),
    ("bounds", DURATION, "This <PROTOCOL> flow does not last <DURATION_S> seconds or carry "
                         "<PACKETS> packets."),
    ("bounds", DURATION, "Lasting <DURATION_S> seconds, this <PROTOCOL> flow carries over "
                         "<PACKETS> packets."),
    ("bounds", DURATION, "This <PROTOCOL> flow of <PACKETS> packets lasts over <DURATION_S> "
                         "seconds."),
    ("bounds", RATES, "This <PROTOCOL> talk makes over <PACKET_RATE> packets per second and "
                      "<BYTE_RATE> bytes per second."),
    ("bounds", DURATION, "This <PROTOCOL> flow of <PACKETS> packets fails to last <DURATION_S> "
                         "seconds."),
    ("bounds", DURATION, "This <PROTOCOL> flow goes on for <DURATION_S> seconds after losing "
                         "<PACKETS> packets."),
    ("bounds", SHARE, "This <LIFETIME> <PROTOCOL> flow withholds <FORWARD_SHARE> percent of its "
                      "<BYTES> bytes of payload from going forward."),
    ("bounds", DURATION, "All except <PACKETS> packets of this <PROTOCOL> flow pass in "
                         "<DURATION_S> seconds."),
    ("bounds", DURATION, "Instead of lasting <DURATION_S> seconds, this <PROTOCOL> flow carries "
                         "<PACKETS> packets."),
    ("bounds", DURATION, "Rather than lasting <DURATION_S> seconds, this <PROTOCOL> flow carries "
                         "<PACKETS> packets."),
    ("number-words", DURATION, "This <PROTOCOL> flow carries twenty times <PACKETS> packets in "
                               "<DURATION_S> seconds."),
    ("bounds", DURATION, "This <PROTOCOL> flow carries many times <PACKETS> packets in "
                         "<DURATION_S> seconds."),
    ("number-words", DURATION, "Between thirteen ends, this <PROTOCOL> flow carries <PACKETS> "
                               "packets in <DURATION_S> seconds."),
    # Facts and words that the template does not have.
    ("addresses", DURATION, "The host in this <PROTOCOL> flow sends for <DURATION_S> seconds and "
                            "emits <PACKETS> packets."),
    ("digits", DURATION, "From 192.0.2.7, this <PROTOCOL> flow lasts <DURATION_S> seconds and "
                         "carries <PACKETS> packets."),
    ("labels", DURATION, "This <PROTOCOL> flood lasts <DURATION_S> seconds and carries <PACKETS> "
                         "packets."),
    ("labels", DURATION, "This benign <PROTOCOL> flow lasts <DURATION_S> seconds and carries "
                         "<PACKETS> packets."),
    ("labels", DURATION, "Scanning over <PROTOCOL> for <DURATION_S> seconds takes <PACKETS> "
                         "packets."),
    ("labels", DURATION, "This hostile <PROTOCOL> flow lasts <DURATION_S> seconds and carries "
                         "<PACKETS> packets."),
    ("labels", DURATION, "This risky, unauthorized <PROTOCOL> flow lasts <DURATION_S> seconds and "
                         "carries <PACKETS> packets."),
    ("characters", DURATION, "This <PROTOCOL> flow to the file at /etc/passwd lasts <DURATION_S> "
                             "seconds and carries <PACKETS> packets."),
    ("judgements", DURATION, "This fast <PROTOCOL> flow lasts <DURATION_S> seconds and carries "
                             "<PACKETS> packets."),
    # Not a sentence, or not it alone.
    ("chatter", DURATION, "Sure! Here are the paraphrases:"),
    ("chatter", DURATION, "Here is one: this <PROTOCOL> flow lasts <DURATION_S> seconds and "
                          "carries <PACKETS> packets."),
    ("chatter", DURATION, "I hope this helps!"),
    ("chatter", DURATION, "You see a <PROTOCOL> flow of <DURATION_S> seconds with <PACKETS> "
                          "packets."),
    ("echo", DURATION, "Use every slot exactly once in every <PROTOCOL>, <DURATION_S> seconds and "
                       "<PACKETS> packets."),
    ("echo", DURATION, "The time from the first packet to the last of this <PROTOCOL> is "
                       "<DURATION_S> seconds for <PACKETS> packets."),
    ("characters", DURATION, "**This <PROTOCOL> flow** lasts <DURATION_S> seconds and carries "
                             "<PACKETS> packets."),
    ("characters", DURATION, '{"paraphrase": "This <PROTOCOL> flow lasts <DURATION_S> seconds '
                             'and carries <PACKETS> packets."}'),
    ("characters", DURATION, "```"),
    ("characters", DURATION, "此 <PROTOCOL> 流持续 <DURATION_S> seconds, <PACKETS> packets."),
    ("language", DURATION, "Dieser <PROTOCOL> Fluss dauert <DURATION_S> seconds und hat <PACKETS> "
                           "packets."),
    ("language", DURATION, "Este flujo <PROTOCOL> dura <DURATION_S> seconds con "
                           "<PACKETS> packets."),
    ("one-line", DURATION, "This <PROTOCOL> flow lasts <DURATION_S> seconds\nand carries <PACKETS> "
                           "packets."),
    ("one-line", DURATION, ""),
    ("ends", DURATION, "This <PROTOCOL> flow lasts <DURATION_S> seconds and carries <PACKETS> "
                       "packets"),
    ("ends", DURATION, "this <PROTOCOL> flow lasts <DURATION_S> seconds and carries <PACKETS> "
                       "packets."),
    ("slots", DURATION, "This <PROTOCOL> flow lasts <DURATION_S> seconds and"),
    ("one-sentence", DURATION, "This <PROTOCOL> flow lasts <DURATION_S> seconds. It carries "
                               "<PACKETS> packets."),
    ("punctuation", DURATION, "This <PROTOCOL> flow lasts <DURATION_S> seconds ,and carries "
                              "<PACKETS> packets."),
    ("punctuation", DURATION, "This <PROTOCOL> flow lasts <DURATION_S> seconds (and carries "
                              "<PACKETS> packets."),
    ("length", DURATION, "This <PROTOCOL> flow, " + "which is a flow, " * 12 + "lasts <DURATION_S> "
                         "seconds and carries <PACKETS> packets."),
    ("repeated-word", DURATION, "This <PROTOCOL> flow flow lasts <DURATION_S> seconds and carries "
                                "<PACKETS> packets."),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "template", "sentence"), FAILURES)
def test_a_failure_is_rejected_by_its_rule(rule: str, template: str, sentence: str) -> None:
    assert broken_rule(sentence, template) == rule


def test_every_rule_rejects_something_here() -> None:
    assert {rule for rule, _, _ in FAILURES} == set(RULES)


@pytest.mark.parametrize(
    "word", ["dangerous", "hostile", "illicit", "risky", "rogue", "unauthorised", "unauthorized"]
)
def test_no_flow_is_judged(word: str) -> None:
    assert broken_rule(DURATION.replace("This", f"This {word}"), DURATION) == "labels"


def test_no_number_is_written_out() -> None:
    teens = [f"{stem}teen" for stem in ("thir", "four", "fif", "six", "seven", "eigh", "nine")]
    tens = [f"{s}ty" for s in ("twen", "thir", "for", "fif", "six", "seven", "eigh", "nine")]
    for number in (*teens, *tens, "twenty-five"):
        sentence = DURATION.replace("This", f"This {number}")
        assert broken_rule(sentence, DURATION) == "number-words", number


def _swaps(template: str) -> list[str]:
    names = SLOT.findall(template)
    swapped = []
    for i, first in enumerate(names):
        for second in names[i + 1 :]:
            both = {first: second, second: first}
            swapped.append(SLOT.sub(lambda m, both=both: f"<{both.get(m[1], m[1])}>", template))
    return swapped


@pytest.mark.parametrize("template", SLOTTED_TEMPLATES)
def test_no_two_slots_of_a_template_can_be_swapped(template: str) -> None:
    for sentence in _swaps(template):
        assert broken_rule(sentence, template) in ("units", "opposites", "roles"), sentence


def test_of_two_that_are_alike_the_first_is_kept() -> None:
    first = "For <DURATION_S> seconds, the flow over <PROTOCOL> goes on, with <PACKETS> packets."
    again = "For <DURATION_S> seconds the flow over <PROTOCOL> goes on with <PACKETS> packets."
    checked = check([first, again, "Sure, here:"], DURATION)
    assert checked.kept == (first,)
    assert checked.rejected == ((again, NEAR_DUPLICATE), ("Sure, here:", "chatter"))
    assert checked.by_rule == {"chatter": 1, NEAR_DUPLICATE: 1}


def test_similarity_by_hand() -> None:
    # "abcde" has the grams abcd, bcde; "abcdf" has abcd, bcdf.
    assert similarity(grams("abcde"), grams("Abcdf.")) == pytest.approx(1 / 3)
    assert similarity(grams("a flow"), grams("the flow")) == 1.0
    assert similarity(grams(""), grams("")) == 1.0


@given(st.text(max_size=300))
def test_any_text_is_judged(text: str) -> None:
    assert broken_rule(text, DURATION) in RULES


# Names of protocols and of TCP flags are facts of a flow; the rest says nothing by itself.
HARMLESS = {"ack", "arp", "ftp", "gre", "http", "icmp", "psh", "rst", "fin", "syn", "tcp", "udp"}
HARMLESS |= {"by", "cross", "ethernet", "site", "test"}


def test_no_word_of_a_label_can_be_brought_in() -> None:
    titles = [*GROUP_NAME_OF_CLASS, *GROUP_NAME_OF_CLASS.values()]
    titles += [mission.title for mission in load_missions()]
    titles += [name for description in DESCRIPTIONS.values() for name in description.groups]
    words = {word.lower() for title in titles for word in re.findall(r"[A-Za-z]+", title)}
    assert len(words) > 40
    let_in = [
        word
        for word in sorted(words - HARMLESS)
        if broken_rule(DURATION.replace("flow", f"flow of {word}"), DURATION) is None
    ]
    assert not let_in


# Prompts.


@pytest.mark.parametrize("template", SLOTTED_TEMPLATES)
def test_a_prompt_holds_the_template_and_the_meaning_of_its_slots(template: str) -> None:
    text = paraphrase_prompt(template)
    assert text.count(template) == 1
    for name in SLOT.findall(template):
        assert f"<{name}>: {SLOTS[name].meaning}" in text
    assert paraphrase_prompt(template) == text


def test_nothing_of_a_flow_can_enter_a_prompt() -> None:
    # A prompt is a function of the template: slots have no values yet, and a template with one
    # filled in has lost its slot.
    filled = DURATION.replace("<PACKETS>", "7")
    assert "<PACKETS>:" not in paraphrase_prompt(filled)
    for template in SLOTTED_TEMPLATES:
        assert not re.search(r"\d", paraphrase_prompt(template).replace("40", "").replace("35", ""))
