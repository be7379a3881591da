"""The browser that browser tests drive: the system's own, installed where we may."""

import shutil

from . import debian
from .checkout import Checkout
from .console import LEFT_OUT, Console

NAMES = ("chromium", "chromium-browser", "google-chrome")
PACKAGES = ("chromium", "fonts-dejavu-core")


def provide(checkout: Checkout, console: Console) -> None:
    """Never fails: without a browser the tests that need one say so and are skipped."""
    if is_installed():
        return
    if debian.may_install():
        with console.step("Chromium, for browser tests") as step:
            if not debian.install(PACKAGES, checkout.log / "apt.log"):
                step.mark = LEFT_OUT
    if not is_installed():
        console.say(f"  Browser tests are skipped: {_advice(checkout)}.")


def is_installed() -> bool:
    return any(shutil.which(name) for name in NAMES)


def _advice(checkout: Checkout) -> str:
    if debian.may_install():
        return f"Chromium could not be installed, see {checkout.log / 'apt.log'}"
    return "install Chromium (on Debian, as root: `apt-get install chromium`) to run them"
