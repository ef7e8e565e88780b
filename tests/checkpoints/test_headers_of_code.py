"""Checkpoints that would run code where Python's own unpickler reads them: named, and never run."""

from __future__ import annotations

import pickle
import time

import pytest

from coaxial.checkpoints.headers import read_headers
from coaxial.domain.errors import UnreadableCheckpoint, UnsafeCheckpoint
from torch_files import planted, with_network, wrap

BOTH_FORMS = pytest.mark.parametrize("zipped", [True, False], ids=["zip", "legacy"])


HARMFUL = list(planted("true"))


def appears(witness, seconds=5.0):
    """Whether a file comes to be; what was started to make it may take a moment."""
    end = time.monotonic() + seconds
    while not witness.exists() and time.monotonic() < end:
        time.sleep(0.01)
    return witness.exists()


@pytest.mark.parametrize("way", HARMFUL)
def test_what_is_planted_does_harm_where_it_is_unpickled(tmp_path, way):
    """Else the tests below would prove nothing."""
    payload, _ = planted(f"touch {tmp_path / 'witness'}")[way]
    pickle.loads(with_network(payload))
    assert appears(tmp_path / "witness")


@BOTH_FORMS
@pytest.mark.parametrize("way", HARMFUL)
def test_code_is_named_and_never_run(tmp_path, zipped, way):
    payload, name = planted(f"touch {tmp_path / 'witness'}")[way]
    path = wrap(tmp_path / "evil.ckpt", with_network(payload), zipped=zipped)
    with pytest.raises(UnsafeCheckpoint, match=rf"evil\.ckpt wants to run code .*\({name}\); nothing of it was run"):
        read_headers(path)
    assert not appears(tmp_path / "witness", seconds=0.05)


@pytest.mark.parametrize("place", [0, 1, 2, 4])
def test_code_in_the_pickles_around_the_legacy_contents_is_named_too(tmp_path, place):
    payload, _ = planted(f"touch {tmp_path / 'witness'}")["GLOBAL"]
    parts = [pickle.dumps(part, protocol=2) for part in (0x1950A86A20F9469CFC6C, 1001, {}, {"state_dict": {}}, [])]
    parts[place] = b"\x80\x02" + payload + b"."
    path = tmp_path / "evil.ckpt"
    path.write_bytes(b"".join(parts))
    with pytest.raises(UnsafeCheckpoint, match=r"os\.system"):
        read_headers(path)
    assert not appears(tmp_path / "witness", seconds=0.05)


@pytest.mark.parametrize("name", ["numpy.load", "argparse.Namespace", "torch.load", "builtins.getattr", "pathlib.Path"])
def test_whatever_else_is_named_is_refused(tmp_path, name):
    module, _, word = name.rpartition(".")
    path = wrap(tmp_path / "a.ckpt", with_network(f"c{module}\n{word}\n".encode()), zipped=True)
    with pytest.raises(UnsafeCheckpoint, match=name):
        read_headers(path)


def test_a_name_that_would_paint_on_the_terminal_is_made_harmless(tmp_path):
    name = b"\x8c\x02os" + b"\x8c\x06\x1b[2Jhi" + b"\x93"
    with pytest.raises(UnsafeCheckpoint) as caught:
        read_headers(wrap(tmp_path / "a.ckpt", with_network(name), zipped=True))
    assert "os.?[2Jhi" in str(caught.value)


@pytest.mark.parametrize("code", [b"\x82\x01", b"\x83\x01\x00", b"\x84\x01\x00\x00\x00"], ids=["EXT1", "EXT2", "EXT4"])
def test_the_registry_of_extensions_is_never_asked(tmp_path, code):
    import copyreg

    copyreg.add_extension("os", "system", 1)
    try:
        with pytest.raises(UnreadableCheckpoint, match="EXT"):
            read_headers(wrap(tmp_path / "a.ckpt", with_network(code), zipped=True))
    finally:
        copyreg.remove_extension("os", "system", 1)
