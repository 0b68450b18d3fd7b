"""docs/policies.md says what the tables say."""

from __future__ import annotations

from pathlib import Path

from pclip.packets import BYTE_POLICIES
from pclip.packets.policy_page import policy_page

PAGE = Path(__file__).parents[2] / "docs" / "policies.md"


def test_the_page_is_what_the_tables_say():
    written = PAGE.read_text(encoding="utf-8")
    assert written == policy_page(), "python -m pclip.packets.policy_page > docs/policies.md"
    for policy in BYTE_POLICIES:
        assert f"| `{policy}` |" in written
