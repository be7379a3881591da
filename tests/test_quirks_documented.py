"""docs/quirks.md: every row of the field's quirks, and a test that exists."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ROW = re.compile(r"^\| (Q\d\d) \|.*\| `(test_\w+)` \|$", re.MULTILINE)


def test_every_row_is_there_once_with_a_test_of_its_own_that_exists() -> None:
    rows = ROW.findall((ROOT / "docs" / "quirks.md").read_text())
    tests = "".join(file.read_text() for file in (ROOT / "tests").rglob("test_*.py"))
    names = set(re.findall(r"def (test_\w+)", tests))

    assert [row for row, _test in rows] == [f"Q{number:02}" for number in range(1, 74)]
    assert {test for _row, test in rows} <= names
    assert [test for row, test in rows if row.lower() not in test] == []
