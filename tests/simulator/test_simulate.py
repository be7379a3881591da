import asyncio
import json
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from apps.simulator.fleet import FleetStation, run_demo
from tests.simulator.csms import SocketCsms


@pytest.fixture
def csms() -> Iterator[SocketCsms]:
    """A CSMS in a thread of its own, as the command takes the main one."""
    server, loop = SocketCsms("1.6"), asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    asyncio.run_coroutine_threadsafe(server.open(), loop).result(5)
    yield server
    asyncio.run_coroutine_threadsafe(server.close(), loop).result(5)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(5)
    loop.close()


def printed(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_the_command_runs_stations_for_a_while(csms: SocketCsms, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("simulate", "--version", "1.6", url=csms.url, count=3, duration=1, identity_prefix="T", speed=50.0)

    lines = printed(capsys)
    assert {line["station"] for line in lines} == {"T001", "T002", "T003"}
    assert {line["event"] for line in lines} >= {"connected", "boot", "status"}
    assert csms.connections == 3
    assert csms.wrong == []


def test_passwords_come_from_a_file_or_one_for_all(csms: SocketCsms, tmp_path: Path) -> None:
    file = tmp_path / "passwords.json"
    file.write_text('{"A": "of-a"}')
    given = {"url": csms.url, "duration": 1, "passwords": file, "password": "of-all"}

    call_command("simulate", "--version", "1.6", identities=["A"], **given)
    first = csms.authorization
    call_command("simulate", "--version", "1.6", identities=["B"], **given)

    assert (first, csms.authorization) == ("Basic QTpvZi1h", "Basic QjpvZi1hbGw=")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--count", "0"],
        ["--tokens", "A" * 21],
        ["--identities", "A,A"],
        ["--identities", "A:B"],
        ["--speed", "0"],
        ["--pause-seconds", "9-1"],
        ["--make", "Nobody"],
        ["--version", "1.5"],
        ["--passwords", "/no/such/file"],
    ],
)
def test_wrong_arguments_get_one_clear_sentence(arguments: list[str]) -> None:
    with pytest.raises(CommandError):
        call_command("simulate", "--url", "ws://127.0.0.1:1/x", "--duration", "1", *arguments)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_demo_ends_cleanly_when_told_to(
    csms: SocketCsms, capsys: pytest.CaptureFixture[str], number: signal.Signals
) -> None:
    def stop_once_booted() -> None:
        while len(csms.of("BootNotification")) < 2:
            asyncio.run(asyncio.sleep(0.01))
        os.kill(os.getpid(), number)

    stopper = threading.Thread(target=stop_once_booted)
    stopper.start()
    run_demo(csms.url, [FleetStation(name, None, "1.6", "Nordlys", 2, "dc", ["AA"]) for name in ("D1", "D2")])
    stopper.join(5)

    assert {line["station"] for line in printed(capsys)} == {"D1", "D2"}
    assert signal.getsignal(number) is not None
