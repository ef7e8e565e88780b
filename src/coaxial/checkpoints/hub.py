"""The Hugging Face hub: where its files are fetched from, and as whom."""

from __future__ import annotations

from dataclasses import dataclass

from coaxial.settings import PUBLIC_HUB, Settings


@dataclass(frozen=True)
class Reach:
    """Where a URL really leads and how far it is trusted."""

    url: str
    token: str
    """The person's own, for the hub; empty elsewhere."""
    trusted: bool
    """The hub that the person chose may lie in a private network; a stranger's address may not."""


def reach(url: str, settings: Settings) -> Reach:
    """The hub's own URLs lead to the mirror that HF_ENDPOINT names, if any; all others to where they say."""
    for hub in (PUBLIC_HUB, settings.hub):
        if url.startswith(f"{hub}/"):
            return Reach(settings.hub + url.removeprefix(hub), _token(), trusted=True)
    return Reach(url, "", trusted=settings.private_addresses)


def _token() -> str:
    # Its library knows every place where a person may have signed in: variables, files, older files.
    from huggingface_hub import get_token

    return get_token() or ""
