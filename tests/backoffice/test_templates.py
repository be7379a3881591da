"""House rules of templates and vendored files."""

import hashlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
HAND_MADE = [path for path in TEMPLATES if "billing" not in path.parts]
STATIC = [ROOT / "static" / folder for folder in ("css", "js", "img")]
VENDORED = sorted(path for path in (ROOT / "static" / "vendor").iterdir() if path.is_dir())


@pytest.mark.parametrize("path", HAND_MADE, ids=lambda path: path.name)
def test_a_template_holds_neither_inline_code_nor_other_hosts(path: Path) -> None:
    text = path.read_text()

    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", text)
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)
    assert not re.search(r"(?:src|href)=[\"']?(?:https?:)?//", text)
    assert "|safe" not in text
    assert "autoescape off" not in text


@pytest.mark.parametrize("path", [file for folder in STATIC for file in folder.iterdir()], ids=lambda path: path.name)
def test_a_static_file_fetches_nothing_from_elsewhere(path: Path) -> None:
    text = path.read_text().replace("http://www.w3.org/2000/svg", "")

    assert "http://" not in text
    assert "https://" not in text


@pytest.mark.parametrize("folder", VENDORED, ids=lambda path: path.name)
def test_vendored_files_are_the_ones_that_were_checked(folder: Path) -> None:
    sums = dict(reversed(line.split()) for line in (folder / "SHA256SUMS").read_text().splitlines())
    others = {path.name for path in folder.iterdir()} - {"SHA256SUMS", "VERSION"}

    assert (folder / "VERSION").read_text().strip()
    assert (folder / "LICENSE").exists()
    assert others == set(sums)
    for name, expected in sums.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == expected


def test_every_icon_that_a_template_asks_for_is_drawn() -> None:
    drawn = set(re.findall(r'<symbol id="(\w+)"', (ROOT / "static/img/icons.svg").read_text()))
    asked = {name for path in TEMPLATES for name in re.findall(r'{% icon "(\w+)"', path.read_text())}
    code = "".join(path.read_text() for path in (ROOT / "apps/backoffice").rglob("*.py"))
    named = set(re.findall(r'icon = _\("[^"]+"\), "(\w+)"', code))

    assert asked | named <= drawn
