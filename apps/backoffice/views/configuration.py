"""One station's configuration, the templates, and where the fleet deviates from them."""

from dataclasses import asdict
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.backoffice.forms.configuration import (
    ReasonForm,
    RegistrationForm,
    SettingFormSet,
    TemplateForm,
    VariableForm,
    proposals,
)
from apps.backoffice.services.configuration import (
    overview,
    policy_choices,
    station_page,
    template_by_id,
    variable_of,
    wanted_for,
)
from apps.backoffice.services.orders import ShownCommand, shown_commands
from apps.backoffice.services.queries import number_of, text_of
from apps.backoffice.services.rights import CONFIGURE, PASSWORD
from apps.backoffice.services.stations import commands_of, connection_of, station_by_identity
from apps.backoffice.views.access import by, draw, page
from apps.core.errors import UnableTo
from apps.stations.models import ConfigurationTemplate, DeviationState, StationCommand
from apps.stations.services import registration, templates
from apps.stations.services.changes import change_variable, is_16, read_everything, ref_of
from apps.stations.services.deviations import repair, repair_station, repair_template
from apps.stations.services.rotation import rotate_password
from apps.stations.services.templates import Setting, settings_of

VIEW = "stations.view_chargingstation"


@require_safe
@page(VIEW)
def show(request: HttpRequest, identity: str) -> HttpResponse:
    station = station_by_identity(identity)
    text = text_of(request.GET.get("q"))
    context = {
        "station": station,
        "connection": connection_of(station),
        "page": station_page(station, text=text, page=number_of(request.GET.get("page")) or 1),
        "text": text,
        "commands": shown_commands(commands_of(station, limit=5)),
        "is_16": is_16(station),
        "registration_form": RegistrationForm(initial={"registration": station.registration}),
    }
    return draw(request, "configuration", context)


@require_http_methods(["GET", "POST"])
@page(CONFIGURE)
def change(request: HttpRequest, identity: str, variable_id: int) -> HttpResponse:
    """GET draws the editor that fits the variable, POST has the station change it."""
    station = station_by_identity(identity)
    shown = variable_of(station, variable_id)
    form = VariableForm(request.POST or None, shown=shown)
    if request.method == "GET" or not form.is_valid():
        status = 422 if request.method == "POST" else 200
        context = {"station": station, "shown": shown, "form": form, "wanted": wanted_for(station, shown.variable)}
        answer = draw(request, "_variable_form", context, status=status)
        answer["HX-Retarget"], answer["HX-Reswap"] = "#order", "innerHTML"
        return answer
    data = form.cleaned_data
    made = change_variable(station, ref_of(shown.variable), data["value"], by=by(request), reason=data["reason"])
    return _queued(request, made.command)


def _queued(request: HttpRequest, command: StationCommand) -> HttpResponse:
    return draw(request, "_command", {"shown": ShownCommand(command), "fresh": True}, status=202)


@require_POST
@page(CONFIGURE)
def read_all(request: HttpRequest, identity: str) -> HttpResponse:
    return _queued(request, read_everything(station_by_identity(identity), by=by(request)))


@require_POST
@page(PASSWORD)
def rotate(request: HttpRequest, identity: str) -> HttpResponse:
    """A new password that nobody sees, told to the station."""
    return _queued(request, rotate_password(station_by_identity(identity), by=by(request)))


@require_POST
@page(CONFIGURE)
def repair_one(request: HttpRequest, identity: str) -> HttpResponse:
    repair_station(station_by_identity(identity), by=by(request), reason=_reason(request))
    return redirect("configuration", identity=identity)


@require_POST
@page(PASSWORD)
def register(request: HttpRequest, identity: str) -> HttpResponse:
    """Accept, hold or reject a station."""
    form = RegistrationForm(request.POST)
    if not form.is_valid():
        raise UnableTo(_first_error(form))
    data = form.cleaned_data
    station = station_by_identity(identity)
    registration.set_registration(station, data["registration"], by=by(request), reason=data["reason"])
    return redirect("configuration", identity=identity)


def _reason(request: HttpRequest) -> str:
    form = ReasonForm(request.POST)
    if not form.is_valid():
        raise UnableTo(_first_error(form))
    reason: str = form.cleaned_data["reason"]
    return reason


def _first_error(form: Any) -> str:
    return str(next(iter(form.errors.values()))[0])


@require_safe
@page(VIEW)
def fleet(request: HttpRequest) -> HttpResponse:
    query = request.GET
    template, state = number_of(query.get("template")), query.get("state", "")
    context = {
        "found": overview(template=template, state=state, page=number_of(query.get("page")) or 1),
        "template": template,
        "state": state,
        "states": DeviationState.choices,
        "policies": policy_choices(),
    }
    return draw(request, "configuration_fleet", context)


@require_POST
@page(CONFIGURE)
def repair_many(request: HttpRequest) -> HttpResponse:
    """Every chosen station's deviations, by their numbers."""
    chosen = [number for text in request.POST.getlist("deviation") if (number := number_of(text))]
    repair(chosen, by=by(request), reason=_reason(request))
    return redirect("configuration-fleet")


@require_POST
@page(PASSWORD)
def set_policy(request: HttpRequest) -> HttpResponse:
    form = RegistrationForm(request.POST)
    if not form.is_valid():
        raise UnableTo(_first_error(form))
    registration.save_policy(form.cleaned_data["registration"], by=by(request))
    return redirect("configuration-fleet")


@require_http_methods(["GET", "POST"])
@page(CONFIGURE)
def add_template(request: HttpRequest) -> HttpResponse:
    return _edit(request, ConfigurationTemplate(), request.GET.dict())


@require_safe
@page(VIEW)
def template(request: HttpRequest, template_id: int) -> HttpResponse:
    found = template_by_id(template_id)
    return draw(request, "configuration_template", {"template": found, "settings": settings_of(found)})


@require_http_methods(["GET", "POST"])
@page(CONFIGURE)
def edit_template(request: HttpRequest, template_id: int) -> HttpResponse:
    return _edit(request, template_by_id(template_id), {})


def _edit(request: HttpRequest, row: ConfigurationTemplate, proposed: dict[str, str]) -> HttpResponse:
    form = TemplateForm(request.POST or None, instance=row, initial=proposed)
    present = None if request.method == "POST" else [asdict(setting) for setting in settings_of(row)]
    rows = SettingFormSet(request.POST or None, initial=present, prefix="rows")
    problem: UnableTo | None = None
    if request.method == "POST" and form.is_valid() and rows.is_valid():
        chosen: list[Setting] = [setting for one in rows if (setting := one.setting())]
        try:
            saved = templates.save_template(
                form.save(commit=False), chosen, by=by(request), reason=form.cleaned_data["reason"]
            )
        except UnableTo as refused:
            problem = refused
        else:
            return redirect("configuration-template", template_id=saved.pk)
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "rows": rows, "template": row, "problem": problem, "proposals": proposals()}
    return draw(request, "configuration_template_form", context, status=status)


@require_POST
@page(CONFIGURE)
def delete_template(request: HttpRequest, template_id: int) -> HttpResponse:
    templates.delete_template(template_by_id(template_id), by=by(request))
    return redirect("configuration-fleet")


@require_POST
@page(CONFIGURE)
def apply_template(request: HttpRequest, template_id: int) -> HttpResponse:
    repair_template(template_by_id(template_id), by=by(request), reason=_reason(request))
    return redirect("configuration-fleet")
