"""Every bench still runs; how fast is nobody's business here."""

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

ROOT = Path(__file__).resolve().parents[2]
SMALL = ("--tenants", "2", "--stations", "8", "--rate", "20", "--seconds", "1", "--warm-up", "0.5", "--queued", "20",
         "--window", "5", "--version", "mixed")  # fmt: skip


def run(*words: str, url: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *words], cwd=ROOT, env={**os.environ, "DATABASE_URL": url},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture
def own_database() -> Iterator[str]:
    """The address of a fresh database with the schema and no tenant."""
    server, name = os.environ["DATABASE_URL"], f"bench_{secrets.token_hex(4)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            url = urlsplit(server)._replace(path=f"/{name}").geturl()
            migrated = run("django", "migrate", "--verbosity", "0", url=url)
            assert migrated.returncode == 0, migrated.stderr
            yield url
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_each_bench_runs_for_a_moment_and_loses_nothing(own_database, tmp_path):
    done = run("benchmarks", "all", *SMALL, "--folder", str(tmp_path), url=own_database)

    assert done.returncode == 0, done.stderr
    report = json.loads(next((tmp_path / "results").glob("*.json")).read_text())
    figures = {(one["bench"], one["system"]): one["figures"] for one in report["results"]}
    assert list(figures) == [
        ("meter", "gateway"), ("meter", "baseline"), ("latency", "gateway"), ("saturation", "gateway"),
        ("saturation", "baseline"), ("limit", "limit"), ("limit at most", "limit"), ("idle", "gateway"),
        ("storm", "gateway"), ("flush", "gateway"), ("commands", "gateway"),
    ]  # fmt: skip
    assert {one.get("errors", 0) for one in figures.values()} == {0}
    assert {one.get("lost_sockets", 0) for one in figures.values()} == {0}
    assert all(one["acknowledged_per_s"] > 0 for one in figures.values() if "acknowledged_per_s" in one)
    assert figures["idle", "gateway"]["connections"] == figures["storm", "gateway"]["connections"] == 8
    assert figures["flush", "gateway"]["flushed"] == 20
    assert figures["commands", "gateway"]["accepted"] == figures["commands", "gateway"]["arrived"] == 20
    assert "acknowledged_per_s" in done.stdout


def test_somebodys_tenants_are_not_thrown_away(own_database, tmp_path):
    with psycopg.connect(own_database, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO public.tenants_tenant (schema_name, slug, name, is_active, created_at)"
            " VALUES ('t_mine', 'mine', 'Mine', true, now())"
        )

    done = run("benchmarks", "idle", *SMALL, "--folder", str(tmp_path), url=own_database)

    assert done.returncode == 1
    assert "somebody's tenants" in done.stderr
