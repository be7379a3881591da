"""Pango, which draws the letters of our PDFs: a library of the system that no wheel brings along.

Nothing may depend on it at start: without it everything runs, and only PDFs answer that they cannot be made.
"""

import ctypes
import ctypes.util
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from . import debian
from .checkout import Checkout
from .console import LEFT_OUT, Console

PACKAGES = ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0", "fonts-dejavu-core")
LIBRARIES = (
    "libgobject-2.0.so.0",
    "libpango-1.0.so.0",
    "libpangoft2-1.0.so.0",
    "libharfbuzz.so.0",
    "libharfbuzz-subset.so.0",
    "libfontconfig.so.1",
)
# dpkg-deb -x runs no maintainer script, so the system's way to find fonts is not there.
FONTS_CONF = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
  <dir>{folder}/usr/share/fonts</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>{folder}/cache</cachedir>
  <alias><family>sans-serif</family><prefer><family>DejaVu Sans</family></prefer></alias>
  <alias><family>serif</family><prefer><family>DejaVu Serif</family></prefer></alias>
  <alias><family>monospace</family><prefer><family>DejaVu Sans Mono</family></prefer></alias>
</fontconfig>
"""


def provide(checkout: Checkout, console: Console) -> dict[str, str]:
    """Get pango if it is missing; what has to be added to the environment of those who draw. Never fails."""
    if is_installed() or unpacked(checkout):
        return library_path(checkout, os.environ)
    if debian.has_apt():
        with console.step("Pango, for PDFs") as step:
            if not _fetch(checkout):
                step.mark, step.detail = LEFT_OUT, f"see {checkout.log / 'apt.log'}"
    if not (is_installed() or unpacked(checkout)):
        console.say(f"  PDFs are unavailable until pango is installed: {_advice()}.")
    return library_path(checkout, os.environ)


def is_installed() -> bool:
    """Ask the loader itself: the names that packages and folders go by differ between systems."""
    if sys.platform == "darwin":
        return ctypes.util.find_library("pango-1.0") is not None
    return all(_loads(name) for name in LIBRARIES)


def _loads(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def unpacked(checkout: Checkout) -> Path | None:
    """The folder with our own copies of the libraries, if there is one."""
    return next((file.parent for file in (checkout.var / "pango").glob("usr/lib/*/libpango-1.0.so.0")), None)


def library_path(checkout: Checkout, environment: Mapping[str, str]) -> dict[str, str]:
    """The loader reads this when a process starts, so it must be set before; nothing where it is set already."""
    folder = unpacked(checkout)
    present = [path for path in environment.get("LD_LIBRARY_PATH", "").split(":") if path]
    if folder is None or str(folder) in present:
        return {}
    return {
        "LD_LIBRARY_PATH": ":".join([str(folder), *present]),
        "FONTCONFIG_FILE": str(checkout.var / "pango" / "fonts.conf"),
    }


def _fetch(checkout: Checkout) -> bool:
    log = checkout.log / "apt.log"
    if debian.may_install():
        return debian.install(PACKAGES, log)
    folder = checkout.var / "pango"
    if not debian.unpack(PACKAGES, folder, log):
        return False
    (folder / "fonts.conf").write_text(FONTS_CONF.format(folder=folder))
    return True


def _advice() -> str:
    if debian.has_apt():
        return f"as root, `apt-get install {' '.join(PACKAGES)}`"
    return "install the package that your system calls pango"
