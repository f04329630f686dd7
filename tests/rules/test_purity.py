"""The rules stay pure: no framework, no clock, one place that rounds."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import counterfoil.rules

MODULES = sorted(Path(counterfoil.rules.__path__[0]).glob("*.py"))
FORBIDDEN = {"django", "celery", "ninja", "time", "random", "os", "environ", "psycopg", "redis", "sqlite3"}


def imported(tree: ast.Module) -> set[str]:
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return names


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_a_rule_imports_no_framework_and_nothing_above_it(path: Path) -> None:
    for name in imported(ast.parse(path.read_text(encoding="utf-8"))):
        assert name.split(".")[0] not in FORBIDDEN
        assert not name.startswith("counterfoil.") or name.startswith("counterfoil.rules.")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_nobody_rounds_but_money(path: Path) -> None:
    calls = [node.func for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    names = {ast.unparse(function).split(".")[-1] for function in calls}
    assert not names & {"round", "quantize", "floor", "ceil", "trunc", "now", "today"}


def test_importing_every_rule_loads_no_framework() -> None:
    modules = ", ".join(f"counterfoil.rules.{path.stem}" for path in MODULES if path.stem != "__init__")
    script = f"import sys, {modules}; print(*(name for name in ('django', 'celery', 'ninja') if name in sys.modules))"
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == ""
