"""Errors as RFC 9457 problem details, with `errors` that name each field by its JSON path."""

from collections.abc import Iterable, Iterator
from http import HTTPStatus
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied
from django.core.exceptions import ValidationError as ModelError
from django.db import IntegrityError
from django.http import Http404
from django.utils.translation import gettext_lazy as _
from rest_framework import status
from rest_framework.exceptions import APIException, NotFound, ParseError, ValidationError
from rest_framework.exceptions import PermissionDenied as Forbidden
from rest_framework.response import Response
from rest_framework.views import set_rollback

from apps.core.errors import FieldError, UnableTo, UnableToFind, UnableToReach
from apps.core.text import shortened

MEDIA_TYPE = "application/problem+json"
LONGEST_PATH = 200
_AT_ROOT = (NON_FIELD_ERRORS, "non_field_errors")


class FieldProblem(APIException):
    """Input that is wrong at known places."""

    status_code = status.HTTP_400_BAD_REQUEST
    default_detail = _("The request can't be used as it is: see errors.")

    def __init__(self, errors: Iterable[FieldError], detail: Any = None) -> None:
        super().__init__(detail)
        self.errors = tuple(errors)


class Conflict(APIException):
    """What is asked for contradicts what is there."""

    status_code = status.HTTP_409_CONFLICT
    default_detail = _("This contradicts what is stored.")


def answer_problem(problem: Exception, context: dict[str, Any]) -> Response | None:
    """The answer to an expected error; None lets a bug rise and be reported."""
    known = _as_api_exception(problem)
    if known is None:
        return None
    set_rollback()
    response = Response(_document(known), status=known.status_code, content_type=MEDIA_TYPE)
    for name, value in _headers(known):
        response[name] = value
    return response


def _as_api_exception(problem: Exception) -> APIException | None:
    match problem:
        case APIException():
            return problem
        case UnableTo():
            return _from_service(problem)
        case ModelError():
            return FieldProblem(_model_errors(problem))
        case IntegrityError():
            return Conflict()
        case Http404():
            return NotFound()
        case PermissionDenied():
            return Forbidden()
    return None


def _from_service(problem: UnableTo) -> APIException:
    if isinstance(problem, UnableToFind):
        return NotFound(str(problem))
    if problem.errors and not isinstance(problem, UnableToReach):
        return FieldProblem(problem.errors, str(problem))
    return Conflict(str(problem))


def _model_errors(problem: ModelError) -> Iterator[FieldError]:
    by_field = problem.message_dict if hasattr(problem, "error_dict") else {NON_FIELD_ERRORS: problem.messages}
    for field, messages in by_field.items():
        for message in messages:
            yield FieldError("$" if field in _AT_ROOT else f"$.{field}", message)


def _document(problem: APIException) -> dict[str, Any]:
    errors = tuple(_errors(problem))
    return {
        "type": "about:blank",
        "title": HTTPStatus(problem.status_code).phrase,
        "status": problem.status_code,
        "detail": _detail(problem),
        "errors": [{"path": shortened(error.path, LONGEST_PATH), "message": error.message} for error in errors],
    }


def _errors(problem: APIException) -> Iterable[FieldError]:
    if isinstance(problem, FieldProblem):
        return problem.errors
    if isinstance(problem, ParseError):
        return (FieldError("$", str(problem.detail)),)
    return _flattened(problem.detail, "$") if isinstance(problem, ValidationError) else ()


def _detail(problem: APIException) -> str:
    if isinstance(problem, ValidationError):
        return str(FieldProblem.default_detail)
    return str(problem.detail)


def _flattened(detail: Any, path: str) -> Iterator[FieldError]:
    """DRF's nested dicts and lists of messages, as one path each."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            yield from _flattened(inner, path if name in _AT_ROOT else f"{path}{_step(name)}")
    elif isinstance(detail, list):
        for position, inner in enumerate(detail):
            yield from _flattened(inner, f"{path}[{position}]" if isinstance(inner, dict | list) else path)
    else:
        yield FieldError(path, str(detail))


def _step(name: Any) -> str:
    """DRF names the items of a list by their position."""
    return f"[{name}]" if isinstance(name, int) else f".{name}"


def _headers(problem: APIException) -> Iterator[tuple[str, str]]:
    challenge = getattr(problem, "auth_header", None)
    if challenge:
        yield "WWW-Authenticate", challenge
    wait = getattr(problem, "wait", None)
    if wait:
        yield "Retry-After", str(int(wait))
