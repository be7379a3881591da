#!/usr/bin/env python3
"""`python3 manage.py up` starts everything, `python3 manage.py test` checks everything, the rest is Django's.

This file runs on whatever Python is at hand, so it keeps to what Python 3.8 can read.
"""

import importlib.util
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent


def load_launcher():
    """Import config/launcher without importing the package config, which needs Django and is not there yet."""
    folder = ROOT / "config" / "launcher"
    spec = importlib.util.spec_from_file_location(
        "launcher", str(folder / "__init__.py"), submodule_search_locations=[str(folder)]
    )
    module = importlib.util.module_from_spec(spec)
    sys.modules["launcher"] = module
    spec.loader.exec_module(module)
    return module


def main():
    if os.name != "posix":
        sys.exit("Ohmstead runs on Linux and macOS: on Windows, use it inside WSL.")
    if sys.version_info < (3, 11):
        sys.exit(
            "Ohmstead needs Python 3.11 or newer, and this is Python {}.{}: install one and start with it, "
            "for example `python3.11 manage.py up`.".format(*sys.version_info)
        )
    code = load_launcher().main(ROOT, sys.argv)
    if code is not None:
        sys.exit(code)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
