"""Asking a server for a file, through redirects that are looked at one by one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import httpx2

from coaxial.checkpoints.addresses import check_web_address
from coaxial.checkpoints.answers import linked_facts, network_errors
from coaxial.domain.errors import DownloadFailed, ForbiddenAddress

_MOST_REDIRECTS = 8


@dataclass(frozen=True)
class Answer:
    """What came at the end of all redirects."""

    response: httpx2.Response
    """Its body not read yet."""
    size: int | None = None
    """Of a large file, in bytes, where the hub told it on the way."""
    sha256: str = ""
    """Likewise."""


@contextmanager
def asked(
    client: httpx2.Client, method: str, url: httpx2.URL, headers: Mapping[str, str], token: str = ""
) -> Iterator[Answer]:
    """A server's answer for the length of a block; token goes to the URL's own origin alone.

    Raises: Transient, DownloadFailed, ForbiddenAddress.
    """
    here, size, sha256 = url, None, ""
    for _ in range(_MOST_REDIRECTS):
        sent = dict(headers)
        if token and _origin(here) == _origin(url):
            sent["Authorization"] = f"Bearer {token}"
        with network_errors(here):
            response = client.send(client.build_request(method, here, headers=sent), stream=True)
        try:
            told_size, told_sha256 = linked_facts(response)
            size, sha256 = told_size if size is None else size, sha256 or told_sha256
            if not response.has_redirect_location:
                yield Answer(response, size, sha256)
                return
            here = _redirected(here, response)
        finally:
            response.close()
    raise DownloadFailed(f"{url.host} redirects the request for {url} in circles.", remedy="Check the address.")


def _redirected(url: httpx2.URL, response: httpx2.Response) -> httpx2.URL:
    try:
        target = url.join(response.headers["location"])
    except httpx2.InvalidURL as error:
        raise DownloadFailed(f"{url.host} redirects to something that is no address: {error}.") from error
    check_web_address(str(target))
    if (url.scheme, target.scheme) == ("https", "http"):
        raise ForbiddenAddress(
            f"{url.host} redirects from an encrypted to an open connection (to {target.host}); it was not followed."
        )
    return target


def _origin(url: httpx2.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port
