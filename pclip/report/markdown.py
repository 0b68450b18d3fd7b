"""Tables and text as Markdown; nothing that comes from a file can act as markup."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from urllib.parse import quote

from pclip.report.systems import one_line
from pclip.report.tables import Table

_MARKUP = re.compile(r"([\\`*\[\]|#~$]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9]))")


def escape(value: str) -> str:
    """Text on one line in which no character is Markdown or HTML."""
    line = one_line(value).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    line = _MARKUP.sub(r"\\\1", line)
    # "http://..." would become a link by itself.
    return line.replace("://", ":&#47;&#47;").replace("www.", "www&#46;").replace("@", "&#64;")


def code(value: str) -> str:
    """Text as code on one line, for names and commands."""
    return f"`{one_line(value).replace('`', chr(39)).replace('|', chr(92) + '|') or ' '}`"


def link_target(path: str) -> str:
    """A relative path as the target of a link."""
    return quote(str(PurePosixPath(path)))


def table(content: Table) -> str:
    """A table in Markdown: first column left, the others centred."""
    lines = ["| " + " | ".join(escape(cell) for cell in content.columns) + " |"]
    lines.append("|" + "|".join([":--", *([":-:"] * (len(content.columns) - 1))]) + "|")
    lines += ["| " + " | ".join(escape(cell) for cell in row) + " |" for row in content.rows]
    return "\n".join(lines)
