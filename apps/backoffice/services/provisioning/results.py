"""What became of a provisioning, and what all kinds share."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.db.models import Model

BY = "shell"
Given = dict[str, Any]
Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, kw_only=True)
class Provisioned:
    """One thing that is there now; `facts` tell more about it, among them secrets that were made or passed in now."""

    kind: str
    id: str | int
    created: bool
    facts: dict[str, Any] = field(default_factory=dict)
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        return {"kind": self.kind, "id": self.id, "created": self.created, **self.facts}


def put(row: Row, given: Given, names: Collection[str]) -> Row:
    """Take over those options that were given and are columns of the row."""
    for name in names:
        if name in given:
            setattr(row, name, given[name])
    return row
