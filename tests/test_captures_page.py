"""docs/captures.md says every skip reason, link type and tunnel that the reader knows."""

from __future__ import annotations

import re
from pathlib import Path

from pclip.packets import SKIP_REASONS, TUNNELS
from pclip.packets.link import (
    LINK_IPV4,
    LINK_IPV6,
    LINK_LOOP,
    LINK_NULL,
    LINK_PPPOE,
    LINK_RAW,
    PPP_LINKS,
    TYPED_LINKS,
)

PAGE = Path("docs/captures.md").read_text()


def test_skip_reasons():
    table = PAGE.split("| skip reason |")[1].split("\n\n")[0]
    assert tuple(re.findall(r"^\| (.*?) \| ", table, re.MULTILINE)) == SKIP_REASONS[1:]


def test_link_types():
    (row,) = re.findall(r"^\| links \|.*", PAGE, re.MULTILINE)
    known = {LINK_NULL, LINK_LOOP, LINK_PPPOE, LINK_IPV4, LINK_IPV6}
    known |= {*LINK_RAW, *PPP_LINKS, *TYPED_LINKS}
    assert {int(number) for number in re.findall(r"\d+", row)} == known


def test_tunnels():
    (row,) = re.findall(r"inner=\((.*?)\)", PAGE)
    assert tuple(re.findall(r'"(\w+)"', row)) == TUNNELS
