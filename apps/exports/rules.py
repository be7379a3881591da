"""CSV that a spreadsheet opens as it is meant: no cell is a formula, and numbers are numbers."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

BOM = "\ufeff"
DELIMITERS = (",", ";")
# A cell that begins so is taken for a formula (ASVS 5, 1.2.10); the wide forms count in East Asian versions.
_FORMULA_BEGINS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

Cell = str | int | Decimal | date | datetime | None


@dataclass(frozen=True, kw_only=True)
class CsvStyle:
    """How a file is written. Files with `;` are for spreadsheets that write decimals with a comma, so these do too."""

    delimiter: str = ","
    bom: bool = False

    @property
    def decimal_mark(self) -> str:
        return "," if self.delimiter == ";" else "."


def csv_text(rows: Iterable[Sequence[Cell]], style: CsvStyle) -> str:
    """Rows as RFC 4180 text with every cell in quotes."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=style.delimiter, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerows([_cell(value, style) for value in row] for row in rows)
    return text.getvalue()


def _cell(value: Cell, style: CsvStyle) -> str:
    """Only text is escaped: -12.50 is a number and stays one."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value:f}".replace(".", style.decimal_mark)
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, date | int):
        return str(value)
    return f"'{value}" if value.startswith(_FORMULA_BEGINS) else value
