"""Charges: taking what stations say of them, asking stations for them, and reading them."""

from apps.charging.services.requests import request_start, request_stop
from apps.charging.services.usage import usage_of

__all__ = ["request_start", "request_stop", "usage_of"]
