"""Where a language model is asked: base URL, name and key, from arguments or the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from pclip.errors import PclipError
from pclip.llm.secret import Secret

OPENAI = "https://api.openai.com/v1"
MAX_URL_CHARS = 2_000
MAX_MODEL_CHARS = 200


@dataclass(frozen=True)
class Endpoint:
    """An endpoint that speaks OpenAI's chat completions.

    Args:
        base_url: what "/chat/completions" is appended to.
        model: name of a model there.
        key: sent as a bearer token; None where the server wants none.

    Raises:
        PclipError: no http or https URL, one with a user, a query or a fragment, or no name of a
            model.
    """

    base_url: str
    model: str
    key: Secret | None = None

    def __post_init__(self) -> None:
        _check_url(self.base_url)
        if not 1 <= len(self.model) <= MAX_MODEL_CHARS or not self.model.isprintable():
            raise PclipError(
                f"the model's name has {len(self.model):,} characters: expected 1 to "
                f"{MAX_MODEL_CHARS} printable ones"
            )
        if self.key and (self.key.occurs_in(self.model) or self.key.occurs_in(self.base_url)):
            raise PclipError(
                "the key stands in the base URL or in the model's name, where it would be logged "
                "and recorded; give it as the key alone"
            )

    @property
    def origin(self) -> str:
        """Scheme, host and port: what messages name. A path may be as secret as a key."""
        parts = urlsplit(self.base_url)
        return f"{parts.scheme}://{parts.netloc}"


def find_endpoint(
    base_url: str | None = None,
    model: str | None = None,
    key: str | None = None,
    environment: Mapping[str, str] = os.environ,
) -> Endpoint:
    """An endpoint from arguments, else from the environment.

    PCLIP_LLM_BASE_URL, PCLIP_LLM_MODEL and PCLIP_LLM_API_KEY hold what is not an argument. Where
    there is no base URL among them, OPENAI_BASE_URL and OPENAI_API_KEY do, as of OpenAI's own
    library: a base URL is OpenAI's if only a key is set. OPENAI_API_KEY is never sent to a base URL
    that was given otherwise, since it may be another server's.

    Raises:
        PclipError: there is no endpoint or no model, or one is not usable.
    """
    # An empty variable is one that is not set: `PCLIP_LLM_API_KEY= pclip ...`.
    own_url = base_url or environment.get("PCLIP_LLM_BASE_URL")
    key = (key or "").strip() or environment.get("PCLIP_LLM_API_KEY", "").strip()
    if not own_url:
        key = key or environment.get("OPENAI_API_KEY")
        own_url = environment.get("OPENAI_BASE_URL") or (OPENAI if key else None)
    if not own_url:
        raise PclipError(
            "no language model to ask: set PCLIP_LLM_BASE_URL (pclip missions new: --base-url; "
            "experiments: --config.llm.base_url), such as http://localhost:11434/v1 for Ollama or "
            f"{OPENAI} with PCLIP_LLM_API_KEY, or replay a record"
        )
    model = model or environment.get("PCLIP_LLM_MODEL")
    if not model:
        raise PclipError(
            "which language model? Set PCLIP_LLM_MODEL (pclip missions new: --model; experiments: "
            "--config.llm.model) to a name that the endpoint knows; it lists them under /models"
        )
    return Endpoint(own_url.strip(), model.strip(), Secret(key) if key else None)


def _check_url(base_url: str) -> None:
    # What is wrong may hold a key, so the message says what is expected and never what was found.
    try:
        parts = urlsplit(base_url)
        usable = bool(
            parts.scheme in ("http", "https")
            and parts.hostname
            and (parts.port is None or parts.port > 0)
            and base_url.isprintable()
            and not any(c.isspace() for c in base_url)
            and len(base_url) <= MAX_URL_CHARS
        )
        more = parts.query or parts.fragment or "@" in parts.netloc
    except ValueError:
        usable, more = False, ""
    if not usable:
        raise PclipError(
            "the base URL of the language model is not one: expected http://HOST:PORT/v1 or "
            "https://HOST/v1"
        )
    if more:
        raise PclipError(
            "the base URL of the language model has a user, a query or a fragment, which would be "
            "logged: expected https://HOST/v1, and the key in PCLIP_LLM_API_KEY"
        )
