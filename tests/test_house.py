"""The house rules: sizes, and walls that were tried by running against them."""

import ast
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TOOLS = Path(sys.executable).parent
LONGEST_FUNCTION = 40
LONGEST_FILE = 400

# Contract, module, and the import that it must not have.
FORBIDDEN_IMPORTS = [
    ("layers", "apps/tariffs/injected.py", "import apps.charging"),
    ("layers", "apps/core/injected.py", "import apps.tenants"),
    ("layers", "apps/api/injected.py", "import apps.backoffice"),
    ("layers", "apps/smartcharging/injected.py", "import apps.billing"),
    ("circles", "apps/tariffs/models", "import apps.tariffs.services"),
    ("inside", "apps/tariffs/models", "import apps.tariffs.services"),
    ("inside", "apps/tariffs/rules", "import apps.tariffs.models"),
    ("inside", "apps/tariffs/messages", "import apps.tariffs.models"),
    ("simulator", "apps/simulator/injected.py", "import apps.core"),
    ("simulator", "apps/simulator/injected.py", "import config"),
    ("pure", "apps/core/injected.py", "import django.db"),
    ("pure", "apps/dialects/injected.py", "import celery"),
    ("pure", "apps/charging/messages", "import django.db"),
    ("pure", "apps/tariffs/rules", "import channels"),
    ("channels", "apps/charging/injected.py", "import channels.layers"),
    ("config", "apps/tenants/injected.py", "import config.settings"),
    ("gateway", "apps/ocpp/injected.py", "import apps.billing.services"),
    ("gateway", "apps/ocpp/injected.py", "import apps.exports"),
]

# Rule of ruff, and code that breaks it.
FORBIDDEN_CODE = [
    ("TID251", "from asgiref.sync import sync_to_async\nprint(sync_to_async)\n"),
    ("TID251", "from channels.db import database_sync_to_async\nprint(database_sync_to_async)\n"),
    ("TID251", "from django.db.models.signals import post_save\nprint(post_save)\n"),
    ("PLC0415", "def inside() -> None:\n    import json\n    print(json)\n"),
    ("C901", "def f(x: int) -> None:\n" + "".join(f"    if x == {n}:\n        print({n})\n" for n in range(9))),
]


def sources() -> Iterator[Path]:
    for folder in ("apps", "benchmarks", "config", "tests"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            if "migrations" not in file.parts:
                yield file


def long_functions(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > LONGEST_FUNCTION:
                yield f"{file.relative_to(ROOT)}:{node.lineno} {node.name} has {lines} lines"


def test_every_function_fits_its_budget():
    assert [found for file in sources() for found in long_functions(file)] == []


def test_every_file_fits_its_budget():
    lines = {str(file.relative_to(ROOT)): len(file.read_text().splitlines()) for file in sources()}

    assert {name: count for name, count in lines.items() if count > LONGEST_FILE} == {}


def test_a_function_over_its_budget_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], "ROOT", tmp_path)
    file = tmp_path / "long.py"
    body = "".join(f"    x{number} = {number}\n" for number in range(LONGEST_FUNCTION))
    file.write_text(f"def fits():\n{body[: body.rindex('    ')]}\n\nclass A:\n  async def f(self):\n{body}")

    assert list(long_functions(file)) == ["long.py:44 f has 41 lines"]


@pytest.fixture
def copy(tmp_path):
    """The importable part of the house, to be damaged."""
    for package in ("apps", "config"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__", "*.json"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def lint_imports(copy: Path, *words: str) -> tuple[int, str]:
    done = subprocess.run(
        [TOOLS / "lint-imports", "--no-cache", *words], cwd=copy, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def inject(copy: Path, module: str, statement: str) -> None:
    """A path without a suffix is a module that may have become a package."""
    file = copy / module
    if file.suffix != ".py":
        file = file / "__init__.py" if file.is_dir() else file.with_suffix(".py")
        assert file.exists(), f"{module} is gone: choose another module for this case"
    with file.open("a") as damaged:
        damaged.write(f"\n{statement}\n")


def test_the_house_as_it_stands_keeps_every_contract(copy):
    code, said = lint_imports(copy)

    assert code == 0, said
    assert " 0 broken" in said


@pytest.mark.parametrize(("contract", "module", "statement"), FORBIDDEN_IMPORTS)
def test_a_forbidden_import_breaks_its_contract(copy, contract, module, statement):
    inject(copy, module, statement)

    code, said = lint_imports(copy, "--contract", contract)
    assert code == 1
    assert " 1 broken" in said, said


def test_an_app_that_no_layer_names_breaks_the_contract(copy):
    (copy / "apps" / "newcomer").mkdir()
    (copy / "apps" / "newcomer" / "__init__.py").write_text("")

    code, said = lint_imports(copy, "--contract", "layers")
    assert (code, "newcomer" in said) == (1, True), said


def test_every_contract_was_tried():
    listed = (ROOT / "pyproject.toml").read_text().split("[[tool.importlinter.contracts]]")[1:]
    names = {part.split('id = "')[1].split('"')[0] for part in listed}

    assert names == {contract for contract, _, _ in FORBIDDEN_IMPORTS}


@pytest.mark.parametrize(("rule", "code"), FORBIDDEN_CODE)
def test_forbidden_code_is_found(rule, code):
    command = [TOOLS / "ruff", "check", "--quiet", "--output-format", "concise"]
    done = subprocess.run(
        [*command, "--stdin-filename", "apps/charging/services/injected.py", "-"],
        input=code, cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 1
    assert f" {rule} " in done.stdout
