"""Writes what the server says of itself to frontend/openapi.json, from which `npm run client` makes the page's types.

Without a word where it is so already; with --check nothing is written, and it ends with 1 where it is not so.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from coaxial.api.app import create_app
from coaxial.settings import Settings

DESCRIPTION = Path(__file__).parents[1] / "frontend" / "openapi.json"


def described() -> str:
    """The OpenAPI document, as it stands in the file."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Settings.read(Path(folder), {}))
        return json.dumps(app.openapi(), indent=1, ensure_ascii=False) + "\n"


def main() -> int:
    """Write or check."""
    is_so = DESCRIPTION.exists() and DESCRIPTION.read_text(encoding="utf-8") == described()
    if is_so:
        return 0
    if "--check" in sys.argv[1:]:
        print("frontend/openapi.json is not what the server says of itself: make client", file=sys.stderr)
        return 1
    DESCRIPTION.write_text(described(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
