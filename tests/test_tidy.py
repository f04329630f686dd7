"""The house rules that a machine can check: sizes, no float near money, no inline script, nothing of one machine."""

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.services import NEUTRAL, ROOT

pytestmark = [pytest.mark.pure]

LONGEST_FILE_LINES = 400
LONGEST_FUNCTION_LINES = 60
WHERE_MONEY_IS = ("rules", "billing", "checkout", "till", "catalog", "customers", "history")
# Joined here, so that this file does not find itself.
FOREIGN = ["/work" + "/", "/root" + "/", "/home" + "/", "C:\\" + "Users", "pypi" + ".org", "pythonhosted" + ".org",
           "registry.npmjs" + ".org", "deb.debian" + ".org"]  # fmt: skip
INLINE = [
    r"<script(?![^>]*\bsrc=)(?![^>]*application/json)",  # a block of data is no script
    r"<style\b",
    r"\sstyle\s*=",
    r"\son[a-z]+\s*=",
    r"javascript:",
    r"\bhx-on",
]


@cache
def committed() -> list[Path]:
    """The files that git knows; in an unpacked archive, what lies there."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        return [path for path in ROOT.rglob("*") if path.is_file() and ".venv" not in path.parts]
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def files(*suffixes: str, below: str = "") -> list[Path]:
    return [path for path in committed() if path.suffix in suffixes and path.is_relative_to(ROOT / below)]


def short(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def trees(below: str = "") -> Iterator[tuple[str, ast.Module]]:
    for path in files(".py", below=below):
        yield short(path), ast.parse(path.read_text(encoding="utf-8"))


def test_a_file_is_read_in_one_sitting() -> None:
    lengths = {short(path): len(path.read_text(encoding="utf-8").splitlines()) for path in files(".py", ".js", ".html")}
    assert {path: lines for path, lines in lengths.items() if lines > LONGEST_FILE_LINES} == {}


def test_a_function_fits_on_a_screen() -> None:
    too_long = {}
    for path, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > LONGEST_FUNCTION_LINES:
                    too_long[f"{path}: {node.name}"] = lines
    assert too_long == {}


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        path for path, tree in trees() if tree.body and not ast.get_docstring(tree) and "/migrations/" not in path
    ]
    assert silent == []


@pytest.mark.parametrize("package", WHERE_MONEY_IS)
def test_no_float_near_money(package: str) -> None:
    """Asking whether something is one, to refuse it, is allowed."""
    found = []
    for path, tree in trees(f"counterfoil/{package}"):
        asking = [
            node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) == "isinstance"
        ]
        allowed = {inner for call in asking for inner in ast.walk(call)}
        for node in ast.walk(tree):
            named = isinstance(node, ast.Name) and node.id == "float" and node not in allowed
            if named or (isinstance(node, ast.Constant) and isinstance(node.value, float)):
                assert isinstance(node, ast.expr)
                found.append(f"{path}:{node.lineno}")
    assert found == []


def test_no_test_waits_by_the_clock() -> None:
    """A helper that polls to a deadline is no test."""
    sleeping = [
        f"{path}:{node.lineno}"
        for path, tree in trees("tests")
        if Path(path).name.startswith("test_")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("time.sleep", "sleep")
    ]
    assert sleeping == []


def test_no_inline_script_or_style_in_pages() -> None:
    """The Content-Security-Policy would not let them through. Letters are no pages: mail programs want style inline."""
    found = []
    for path in files(".html", ".svg", below="counterfoil"):
        if path.is_relative_to(ROOT / "counterfoil" / "documents"):
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            found += [f"{short(path)}:{number} {line.strip()}" for pattern in INLINE if re.search(pattern, line, re.I)]
    assert found == []


def test_nothing_of_one_machine_is_committed() -> None:
    found = []
    for path in committed():
        if path.name == "uv.lock":  # its format names where packages come from
            continue
        text = path.read_bytes().decode("utf-8", errors="ignore")
        found += [f"{short(path)}: {foreign}" for foreign in FOREIGN if foreign in text]
    assert found == []


def test_requirements_are_those_of_the_lock_file() -> None:
    """`uv export --format requirements.txt --no-emit-project --output-file requirements.txt` writes it anew."""
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    pinned = dict(re.findall(r"^([a-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", text, re.MULTILINE))
    assert pinned == locked_for_running()


def locked_for_running() -> dict[str, str]:
    """What the shop needs, with all that follows from it, and nothing of the groups."""
    with (ROOT / "uv.lock").open("rb") as file:
        packages: dict[str, dict[str, Any]] = {package["name"]: package for package in tomllib.load(file)["package"]}
    found: dict[str, str] = {}
    waiting: list[tuple[str, tuple[str, ...]]] = [("counterfoil", ())]
    seen = set()
    while waiting:
        name, extras = wanted = waiting.pop()
        if wanted not in seen:
            seen.add(wanted)
            package = packages[name]
            found[name] = package["version"]
            needed = list(package.get("dependencies", []))
            for extra in extras:
                needed += package.get("optional-dependencies", {}).get(extra, [])
            waiting += [(each["name"], tuple(each.get("extra", ()))) for each in needed]
    del found["counterfoil"]
    return found


def test_no_setting_of_a_shop_reaches_the_tests() -> None:
    """Whatever `.env` may say, the tests have said otherwise before."""
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    names = set(re.findall(r"^#?\s*([A-Z][A-Z0-9_]+)=", text, re.MULTILINE))
    assert names <= {*NEUTRAL, "DATABASE_URL", "COUNTERFOIL_DATA_DIR"}
