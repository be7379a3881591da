"""`manage.py bench` up to the point where servers start; tests/benchmarks runs the benches themselves."""

import pytest

from config.launcher import benching
from config.launcher.benching import BENCH_SETTINGS, bench
from config.launcher.checkout import Checkout, locked
from config.launcher.console import on_stderr
from config.launcher.problems import Problem
from config.launcher.up import migrations_digest


@pytest.fixture
def checkout(tmp_path):
    (tmp_path / "requirements.lock").write_text("")
    made = Checkout(tmp_path)
    made.prepare()
    return made


def test_two_benches_do_not_measure_each_other(checkout):
    place = checkout.var / "bench"
    place.mkdir()

    with locked(place / "lock"), pytest.raises(Problem, match="measure each other"):
        bench(checkout, ["meter"], on_stderr())


def test_a_database_with_other_migrations_is_forgotten(checkout):
    place = checkout.var / "bench"
    (place / "postgres").mkdir(parents=True)
    (place / "migrated").write_text("another digest")

    benching._forget_other_schema(checkout, place)

    assert list(place.iterdir()) == []


def test_a_database_with_the_same_migrations_is_kept(checkout):
    place = checkout.var / "bench"
    (place / "postgres").mkdir(parents=True)
    (place / "migrated").write_text(migrations_digest(checkout.root))

    benching._forget_other_schema(checkout, place)

    assert sorted(path.name for path in place.iterdir()) == ["migrated", "postgres"]


def test_the_database_of_a_bench_writes_as_safely_as_a_real_one():
    assert {"fsync=on", "synchronous_commit=on", "full_page_writes=on"} <= set(BENCH_SETTINGS)
