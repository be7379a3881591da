import io
import os
from pathlib import Path

import pytest

from config.launcher import debian, pango
from config.launcher.checkout import Checkout
from config.launcher.console import Console


@pytest.fixture
def checkout(tmp_path):
    made = Checkout(tmp_path)
    made.prepare()
    return made


@pytest.fixture
def unpacked(checkout):
    """Libraries of our own under var/pango."""
    folder = checkout.var / "pango" / "usr" / "lib" / "x86_64-linux-gnu"
    folder.mkdir(parents=True)
    (folder / "libpango-1.0.so.0").write_text("")
    return folder


def test_unpacked_libraries_come_before_what_the_environment_names(checkout, unpacked):
    added = pango.library_path(checkout, {"LD_LIBRARY_PATH": "/opt/lib"})

    assert added["LD_LIBRARY_PATH"] == f"{unpacked}:/opt/lib"
    assert added["FONTCONFIG_FILE"] == str(checkout.var / "pango" / "fonts.conf")


def test_once_named_they_are_not_named_again(checkout, unpacked):
    assert pango.library_path(checkout, {"LD_LIBRARY_PATH": f"/opt/lib:{unpacked}"}) == {}


def test_without_unpacked_libraries_nothing_is_added(checkout):
    assert pango.library_path(checkout, {}) == {}


def test_an_installed_pango_costs_neither_time_nor_words(monkeypatch, checkout):
    said = io.StringIO()
    monkeypatch.setattr(pango, "is_installed", lambda: True)

    assert pango.provide(checkout, Console(said)) == {}
    assert said.getvalue() == ""


def test_a_missing_pango_is_told_in_one_sentence_and_stops_nothing(monkeypatch, checkout):
    said = io.StringIO()
    monkeypatch.setattr(pango, "is_installed", lambda: False)
    monkeypatch.setattr(debian, "has_apt", lambda: False)

    assert pango.provide(checkout, Console(said)) == {}
    assert said.getvalue().strip() == (
        "PDFs are unavailable until pango is installed: install the package that your system calls pango."
    )


def test_a_library_that_is_not_there_does_not_load():
    assert not pango._loads("libohmstead-no-such-thing.so.7")
    assert pango._loads("libc.so.6")


@pytest.fixture
def apt(monkeypatch, tmp_path):
    """Stand-ins for apt-get and dpkg-deb that behave like them, offline, and note what they were asked."""
    folder = tmp_path / "bin"
    folder.mkdir()
    notes = tmp_path / "asked"
    apt_get = f"""#!/bin/sh
echo "$*" >> {notes}
case "$*" in
  *--simulate*) echo 'Inst libpango-1.0-0 (1.50 Debian:12 [amd64])'; echo 'Conf libpango-1.0-0 (1.50)' ;;
  *download*) touch libpango-1.0-0_1.50_amd64.deb ;;
esac
"""
    dpkg_deb = "#!/bin/sh\nmkdir -p $3/usr/lib/x86_64-linux-gnu\ntouch $3/usr/lib/x86_64-linux-gnu/libpango-1.0.so.0\n"
    for name, text in (("apt-get", apt_get), ("dpkg-deb", dpkg_deb)):
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return notes


def test_without_root_the_libraries_are_unpacked_beside_us(monkeypatch, checkout, apt):
    monkeypatch.setattr(pango, "is_installed", lambda: False)
    monkeypatch.setattr(debian.os, "geteuid", lambda: 1000)

    added = pango.provide(checkout, Console(io.StringIO()))
    assert added["LD_LIBRARY_PATH"] == str(checkout.var / "pango" / "usr" / "lib" / "x86_64-linux-gnu")
    assert "DejaVu Sans" in Path(added["FONTCONFIG_FILE"]).read_text()
    asked = apt.read_text().splitlines()
    assert [line.split()[-1] for line in asked] == ["update", "fonts-dejavu-core", "libpango-1.0-0"]
    assert not (checkout.var / "pango.apt").exists()


def test_root_installs_them(monkeypatch, checkout, apt):
    monkeypatch.setattr(pango, "is_installed", lambda: False)
    monkeypatch.setattr(debian.os, "geteuid", lambda: 0)
    pango.provide(checkout, Console(io.StringIO()))

    update, install = apt.read_text().splitlines()
    assert update.endswith("update")
    assert install.endswith("install -y --no-install-recommends " + " ".join(pango.PACKAGES))


def test_a_failing_apt_stops_nothing(monkeypatch, checkout, apt, tmp_path):
    (tmp_path / "bin" / "apt-get").write_text("#!/bin/sh\nexit 100\n")
    monkeypatch.setattr(pango, "is_installed", lambda: False)
    said = io.StringIO()

    assert pango.provide(checkout, Console(said)) == {}
    assert "PDFs are unavailable until pango is installed" in said.getvalue()
