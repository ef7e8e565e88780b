"""Where a download may lead: web addresses only, and a stranger's never into this computer or its network."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from coaxial.checkpoints import asking
from coaxial.checkpoints.addresses import web_address
from coaxial.checkpoints.download import fetch
from coaxial.domain.errors import DownloadFailed, ForbiddenAddress
from coaxial.domain.progress import Silent
from downloads import FILE, MANNERS, PATH, source
from hub_server import Hub


@pytest.mark.parametrize(
    "nowhere", ["http://[::1/", "http://x:y/", "http://x:99999/", "javascript:alert(1)", "file:///x"]
)
def test_a_redirect_to_nowhere_is_a_sentence(hub: Hub, target: Path, nowhere: str) -> None:
    hub.redirects["/a"] = nowhere
    with pytest.raises(ForbiddenAddress, match="no web address"):
        fetch(source(hub.url + "/a"), target, Silent(), MANNERS)


def test_an_address_in_any_script_is_sent_as_servers_know_it() -> None:
    assert web_address("https://bücher.example/stimme ä.ckpt#top") == "https://xn--bcher-kva.example/stimme ä.ckpt"
    with pytest.raises(DownloadFailed, match=r"xn--bcher-kva\.invalid cannot be reached"):
        fetch(source("http://bücher.invalid/ä.ckpt"), Path("nowhere"), Silent(), replace(MANNERS, attempts=1))


def test_a_redirect_in_circles_ends(hub: Hub, target: Path) -> None:
    hub.redirects |= {"/a": "/b", "/b": "/a"}
    with pytest.raises(DownloadFailed, match="in circles"):
        fetch(source(hub.url + "/a"), target, Silent(), MANNERS)


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://x/y",
        "/etc/passwd",
        "http://",
        "data:,x",
        "http://x:99999/",
        "http://[::1/",
        "http://x:y/",
    ],
)
def test_only_web_addresses_are_fetched(target: Path, url: str) -> None:
    with pytest.raises(ForbiddenAddress, match="no web address"):
        fetch(source(url), target, Silent(), MANNERS)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "2130706433"])
def test_this_computer_is_not_read_for_a_strangers_address(hub: Hub, url: str, target: Path, host: str) -> None:
    with pytest.raises(ForbiddenAddress, match="private network"):
        fetch(source(url.replace("127.0.0.1", host)), target, Silent(), replace(MANNERS, public_only=True))
    assert hub.asked == []


@pytest.mark.parametrize("address", ["10.0.0.1", "192.168.1.1", "169.254.169.254", "172.16.0.9", "100.64.0.1"])
def test_a_private_network_is_not_read_for_a_strangers_address(target: Path, address: str) -> None:
    with pytest.raises(ForbiddenAddress, match=re.escape(address)):
        fetch(source(f"http://{address}/x"), target, Silent(), replace(MANNERS, public_only=True))


@pytest.fixture
def encrypted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Port of a server that proves to be model.example, and no other, to whoever trusts its certificate."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl to make a certificate with")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    names = ("-subj", "/CN=model.example", "-addext", "subjectAltName=DNS:model.example")
    files = ("-keyout", str(key), "-out", str(certificate), "-days", "2")
    command = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", *files, *names]
    subprocess.run(command, check=True, capture_output=True)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    hub = Hub(tls=(certificate, key))
    hub.put(PATH, FILE)
    with hub.running():
        yield int(hub.url.rpartition(":")[2])


def test_an_address_that_was_looked_up_still_has_to_prove_its_name(
    encrypted: int, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The name server of this test: both names lead to loopback, which is taken for public.
    monkeypatch.setattr("coaxial.checkpoints.asking.public_addresses", lambda host, port: ["127.0.0.1"])
    careful = replace(MANNERS, public_only=True)
    fetch(source(f"https://model.example:{encrypted}{PATH}"), target, Silent(), careful)
    assert target.read_bytes() == FILE
    with pytest.raises(DownloadFailed, match=r"other\.example could not prove that it is other\.example"):
        fetch(source(f"https://other.example:{encrypted}{PATH}"), target, Silent(), careful)


@pytest.mark.parametrize("inside", ["127.0.0.1", "localhost", "[::1]"])
def test_a_strangers_redirect_does_not_lead_into_this_computer(
    hub: Hub, url: str, target: Path, monkeypatch: pytest.MonkeyPatch, inside: str
) -> None:
    # The name server of this test: one name leads to loopback, which is taken for public; all others are looked up.
    looked_up = asking.public_addresses
    monkeypatch.setattr(
        asking, "public_addresses", lambda host, port: ["127.0.0.1"] if host == "a.example" else looked_up(host, port)
    )
    away = f"{hub.url}/away?to={url.replace('127.0.0.1', inside)}".replace("127.0.0.1", "a.example", 1)
    with pytest.raises(ForbiddenAddress, match="private network"):
        fetch(source(away), target, Silent(), replace(MANNERS, public_only=True))
    assert {one.path for one in hub.asked} == {"/away"}


def test_an_encrypted_connection_is_never_left_for_an_open_one(
    encrypted: int, target: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("coaxial.checkpoints.asking.public_addresses", lambda host, port: ["127.0.0.1"])
    away = f"https://model.example:{encrypted}/away?to={hub.url}{PATH}"
    with pytest.raises(ForbiddenAddress, match="from an encrypted to an open connection"):
        fetch(source(away), target, Silent(), replace(MANNERS, public_only=True))
