"""The wiring names only what exists, and every subscriber stands in the event's app or above it."""

import tomllib
from types import SimpleNamespace

import pytest
from django.conf import settings

from apps.events.checks import check_wiring

LAYERS = [
    {app.strip(" ()") for app in layer.split("|")}
    for layer in next(
        contract
        for contract in tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())["tool"]["importlinter"][
            "contracts"
        ]
        if contract["id"] == "layers"
    )["layers"]
]


def height(app: str) -> int:
    return len(LAYERS) - next(number for number, apps in enumerate(LAYERS) if app in apps)


def test_the_wiring_of_the_product_is_sound():
    assert check_wiring(None) == []


@pytest.mark.parametrize(
    ("event", "task", "code"),
    [("charging.NoSuchThing", "billing.issue_cdr", "events.E001"), ("charging.TransactionEnded", "x.y", "events.E002")],
)
def test_a_name_that_does_not_exist_is_found_at_start(settings, event, task, code):
    settings.WIRING = SimpleNamespace(SUBSCRIBERS={event: (task,)}, VENDOR_HANDLERS={})

    assert [problem.id for problem in check_wiring(None)] == [code]


def test_news_travels_up_only():
    wrong = [
        (event, task)
        for event, tasks in settings.WIRING.SUBSCRIBERS.items()
        for task in tasks
        if height(task.split(".")[0]) < height(event.split(".")[0])
    ]
    assert wrong == []


def test_a_vendor_handler_that_does_not_exist_is_found_at_start(settings):
    handlers = {"com.example": {"Hello": "apps.billing.services.displays.no_such_thing"}}
    settings.WIRING = SimpleNamespace(SUBSCRIBERS={}, VENDOR_HANDLERS=handlers)

    assert [problem.id for problem in check_wiring(None)] == ["events.E001"]
