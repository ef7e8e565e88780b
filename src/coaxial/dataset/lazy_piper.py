"""The piper package with its own beginning put off: ONNX Runtime, which it brings along, takes 0.08 s."""

from __future__ import annotations

import sys
import threading
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from typing import Any

_lock = threading.RLock()


def put_off_piper_runtime() -> None:
    """From now on `import piper.NAME` imports that module alone; where `piper` is there already, nothing changes.

    What the package itself defines is there as ever: `piper.PiperVoice` is imported when it is first asked for.
    """
    with _lock:
        if "piper" in sys.modules:
            return
        spec = find_spec("piper")
        assert spec is not None and spec.loader is not None, "piper-tts is a dependency of this package"
        package, loader = module_from_spec(spec), spec.loader

        def find(name: str) -> Any:
            if name.startswith("__") and name != "__all__":
                raise AttributeError(f"module 'piper' has no attribute {name!r}")
            # `from piper import NAME` asks for a module, too, before it imports it.
            if find_spec(f"piper.{name}") is not None:
                return import_module(f"piper.{name}")
            with _lock:
                if package.__dict__.pop("__getattr__", None) is not None:
                    loader.exec_module(package)
            return getattr(package, name)

        package.__dict__["__getattr__"] = find
        sys.modules["piper"] = package
