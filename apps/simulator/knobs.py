"""The settings that steer a station's behaviour, as read from its 1.6 keys or its 2.x variables."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Knobs:
    heartbeat_s: int
    sample_interval_s: int
    aligned_interval_s: int
    measurands_begin: tuple[str, ...]
    measurands_sampled: tuple[str, ...]
    measurands_end: tuple[str, ...]
    measurands_aligned: tuple[str, ...]
    connection_timeout_s: int
    attempts: int
    retry_interval_s: int
    start_points: frozenset[str]
    stop_points: frozenset[str]
    stop_on_disconnect: bool
    stop_on_invalid: bool
    authorize_remote: bool
    offline_known: bool
    offline_unknown: bool
    back_off_minimum_s: int
    back_off_range_s: int
    back_off_repeats: int
    offline_threshold_s: int
    install_fails: bool


def csv(text: str) -> tuple[str, ...]:
    return tuple(item.strip() for item in text.split(",") if item.strip())


def is_true(text: str) -> bool:
    return text.strip().lower() == "true"
