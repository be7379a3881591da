"""The table of promises for docs/performance.md."""

from benchmarks.report import Result
from benchmarks.targets import comparison


def test_the_gateway_is_compared_with_the_baseline_of_the_same_run():
    results = [
        Result("meter", "gateway", {}, {"both_cpu_us": 200.0}),
        Result("meter", "baseline", {}, {"both_cpu_us": 3000.0}),
    ]

    assert comparison(results).splitlines()[2:] == [
        "| CPU per persisted message, gateway + PostgreSQL | goal ≤ 150 µs | 200 µs |",
        "| the same beside the baseline | ≤ 1/12 | 1/15.0 |",
    ]


def test_what_was_not_measured_stays_open():
    results = [Result("saturation", "gateway", {}, {"acknowledged_per_s": 9000.0})]

    assert comparison(results).splitlines()[2:] == [
        "| saturation, one gateway process | ≥ 8,000/s | 9,000 /s |",
        "| the same beside the baseline | ≥ 20 × | – |",
    ]
