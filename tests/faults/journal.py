"""What stations were told: every CALLRESULT on a transaction message, on disk before the station acts on it."""

import json
import os
from pathlib import Path
from typing import Any


class Journal:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)

    def note(self, station: str, letter: str, message_id: str, answer: Any) -> None:
        line = json.dumps([station, letter, message_id, answer]) + "\n"
        os.write(self._file, line.encode())
        os.fsync(self._file)

    def read(self) -> list[tuple[str, str, str, Any]]:
        return [tuple(json.loads(line)) for line in self._path.read_text().splitlines()]

    def close(self) -> None:
        os.close(self._file)
