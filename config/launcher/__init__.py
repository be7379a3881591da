"""What happens before Django does: the environment, the embedded servers, the commands `up`, `test` and `bench`.

Everything here runs on the standard library alone, because it starts on a machine that has nothing else. Imports are
relative, because manage.py loads this package on its own, without its parent.
"""

from .entry import main

__all__ = ["main"]
