"""What the fields of an options dataclass mean, as written below them: the one text for `--help` and other doors."""

from __future__ import annotations

import ast
import inspect
import textwrap
from functools import cache


def field_doc(options: type, field: str) -> str:
    """The string literal that follows a field's declaration."""
    return _docs(options)[field]


@cache
def _docs(options: type) -> dict[str, str]:
    (declaration,) = ast.parse(textwrap.dedent(inspect.getsource(options))).body
    assert isinstance(declaration, ast.ClassDef)
    docs = {}
    for statement, following in zip(declaration.body, declaration.body[1:], strict=False):
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            value = following.value if isinstance(following, ast.Expr) else None
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                docs[statement.target.id] = inspect.cleandoc(value.value)
    return docs
