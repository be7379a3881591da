"""The German catalogue: whole, fitting its source, and compiled."""

import io
import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "locale" / "de" / "LC_MESSAGES"
SOURCES = [*sorted((ROOT / "apps").rglob("*.py")), *sorted((ROOT / "config").rglob("*.py"))]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
PLURAL, IN_CONTEXT, PLURAL_IN_CONTEXT = (1, 2), ((1, "c"), 2), ((1, "c"), 2, 3)
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    **dict.fromkeys(("gettext_lazy", "gettext_noop")),
    "ngettext_lazy": PLURAL,
    "pgettext_lazy": IN_CONTEXT,
    "npgettext_lazy": PLURAL_IN_CONTEXT,
}
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|\{\w+\}|</?\w+>")

Key = tuple[str | None, str]


def catalogue() -> Catalog:
    with (FOLDER / "django.po").open("rb") as file:
        return read_po(file, locale="de", abort_invalid=True)


def messages(found: Catalog) -> dict[Key, Message]:
    return {(message.context, forms_of(message.id)[0]): message for message in found if message.id}


def forms_of(texts: str | list[str] | tuple[str, ...]) -> tuple[str, ...]:
    """Singular and plural, or the only form."""
    return (texts,) if isinstance(texts, str) else tuple(texts)


def marked(path: Path) -> Iterator[Key]:
    """What a file marks for translation; of a template what Django itself finds there."""
    text = path.read_text()
    if path.suffix == ".html":
        # What is left of a template has no block structure; calls in lines of their own are enough for the reader.
        text = "\n".join(line.lstrip() for line in templatize(text, origin=path.name).splitlines())
    for _line, found, _comments, context in extract("python", io.BytesIO(text.encode()), keywords=KEYWORDS):
        yield context, forms_of(found)[0]


def in_the_source() -> set[Key]:
    return {key for path in (*SOURCES, *TEMPLATES) for key in marked(path)}


def test_the_reader_of_sources_finds_every_kind_of_mark(tmp_path: Path) -> None:
    page, module = tmp_path / "page.html", tmp_path / "module.py"
    page.write_text(
        '{% load i18n %}<p>don\'t {% translate "One" %} {% translate "Two" context "money" %}\n'
        "  {% blocktranslate count n=n %}{{ n }} row{% plural %}{{ n }} rows{% endblocktranslate %}</p>"
    )
    module.write_text(
        'A = gettext_noop("Three"), pgettext_lazy("who", "Four")\n'
        'B = ngettext("{n} day", "{n} days", 2), _("Fi" "ve")\n'
    )

    assert set(marked(page)) == {(None, "One"), ("money", "Two"), (None, "%(n)s row")}
    assert set(marked(module)) == {(None, "Three"), ("who", "Four"), (None, "{n} day"), (None, "Five")}


def test_every_text_has_its_german() -> None:
    known = messages(catalogue())
    lacking = {key for key, message in known.items() if message.fuzzy or not all(forms_of(message.string))}

    assert sorted(in_the_source() - known.keys(), key=str) == []
    assert sorted(lacking, key=str) == []


def test_the_catalogue_keeps_nothing_that_is_gone() -> None:
    assert sorted(messages(catalogue()).keys() - in_the_source(), key=str) == []


def test_the_german_fills_in_what_the_source_does() -> None:
    wrong = [
        (source, german)
        for message in messages(catalogue()).values()
        for source, german in zip(forms_of(message.id), forms_of(message.string), strict=True)
        if sorted(PLACEHOLDER.findall(source)) != sorted(PLACEHOLDER.findall(german))
    ]

    assert wrong == []


def test_the_compiled_catalogue_is_the_written_one() -> None:
    compiled = io.BytesIO()
    write_mo(compiled, catalogue())
    compiled.seek(0)
    with (FOLDER / "django.mo").open("rb") as file:
        shipped = messages(read_mo(file))

    fresh = messages(read_mo(compiled))
    assert {key: message.string for key, message in shipped.items()} == {
        key: message.string for key, message in fresh.items()
    }


def test_no_text_is_marked_inside_an_f_string() -> None:
    """xgettext does not look there, so such a text would never reach a translator."""
    inside = re.compile(r"\bf[\"'].*\{(_|n?p?gettext)\(")

    assert [path.name for path in SOURCES if inside.search(path.read_text())] == []
