"""Sentences for flows: the bank of paraphrases, samples (Figure 3), words (Figure 6), diversity.

    python -m experiments.describe --config=configs/describe.py --workdir=runs/describe

Replays the record that ships, without a network; ten seconds. The same with a language model of
your own, which is asked one prompt a template:

    export PCLIP_LLM_BASE_URL=http://localhost:11434/v1 PCLIP_LLM_MODEL=llama3.1
    python -m experiments.describe --config=configs/describe.py --workdir=runs/mine \\
        --config.llm.live=True

Expect four of five paraphrases to pass. The bank lands in the workdir, or where `config.bank`
says: pclip's own was written with `--config.bank=pclip/text/paraphrases.json`. "smoke" takes a few
of the capture's packets.
"""

from ml_collections import ConfigDict

SMOKE_PACKETS = 40


def get_config(variant: str = "") -> ConfigDict:
    """The locked config of `variant` ("" or "smoke")."""
    c = ConfigDict()
    c.name = "describe"
    c.dataset = "testbed"
    c.most_packets_per_class = 0  # of each class in each capture; 0 for all
    c.seed = 0  # of the captions
    c.samples = 3  # paraphrases that are shown of each template
    c.bank = ""  # a file; "" for paraphrases.json in the workdir

    c.llm = ConfigDict()
    c.llm.live = False  # True asks an endpoint what the record does not hold
    c.llm.record = ""  # a file; "" for pclip's own, or with live for llm.jsonl in the workdir
    # Of the endpoint; what is empty comes from the environment (docs/llm.md).
    c.llm.base_url = ""
    c.llm.model = ""
    c.llm.key_file = ""
    c.llm.temperature = -1.0  # below 0: the endpoint's own
    c.llm.answer_tokens = 4_096  # a model that thinks before it answers wants more
    c.llm.concurrency = 4  # requests under way at a time
    if variant == "smoke":
        c.most_packets_per_class = SMOKE_PACKETS
    elif variant:
        raise ValueError(f"the only variant is smoke, not {variant!r}")
    return c.lock()
