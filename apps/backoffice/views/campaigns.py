"""Firmware campaigns."""

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.backoffice.forms.firmware import CampaignForm, show_refusal
from apps.backoffice.services import firmware as pages
from apps.backoffice.services.queries import number_of
from apps.backoffice.services.rights import CAMPAIGN
from apps.backoffice.views.access import by, draw, page
from apps.core.errors import UnableTo
from apps.stations.models import FirmwareCampaign, Location
from apps.stations.services.campaigns import cancel_campaign, create_campaign, pause_campaign, resume_campaign

VIEW = "stations.view_firmwarecampaign"
VERBS: dict[str, Callable[..., None]] = {
    "pause": pause_campaign,
    "resume": resume_campaign,
    "cancel": cancel_campaign,
}


@require_safe
@page(VIEW)
def index(request: HttpRequest) -> HttpResponse:
    found, rows = pages.campaign_page(page=number_of(request.GET.get("page")) or 1)
    return draw(request, "campaigns", {"found": found, "rows": rows, "library": pages.library(archived=False)})


@require_safe
@page(VIEW)
def show(request: HttpRequest, campaign_id: int) -> HttpResponse:
    campaign = pages.campaign_by_id(campaign_id)
    detail = pages.campaign_detail(campaign, page=number_of(request.GET.get("page")) or 1)
    return draw(request, "campaign", {"page": detail, "campaign": campaign})


@require_http_methods(["GET", "POST"])
@page(CAMPAIGN)
def new(request: HttpRequest, firmware_id: int) -> HttpResponse:
    """GET draws the plan, for one location or all; POST begins it."""
    firmware = pages.firmware_by_id(firmware_id)
    chosen = pages.candidates(firmware, location=number_of(request.GET.get("location")))
    if request.method != "POST":
        initial = {"stations": chosen.outdated, "name": str(firmware), "is_signed": firmware.is_signed}
        return _form(request, chosen, CampaignForm(stations=chosen.stations, zone=chosen.zone, initial=initial))
    form = CampaignForm(request.POST, stations=chosen.stations, zone=chosen.zone)
    if not form.is_valid():
        return _form(request, chosen, form, status=422)
    try:
        made = create_campaign(
            FirmwareCampaign(firmware=firmware, **form.plan), list(form.cleaned_data["stations"]), by=by(request)
        )
    except UnableTo as problem:
        show_refusal(form, problem)
        return _form(request, chosen, form, status=409)
    return redirect("campaign", campaign_id=made.pk)


def _form(request: HttpRequest, chosen: pages.Candidates, form: CampaignForm, *, status: int = 200) -> HttpResponse:
    context = {"form": form, "chosen": chosen, "locations": Location.objects.all()}
    return draw(request, "campaign_new", context, status=status)


@require_POST
@page(CAMPAIGN)
def change(request: HttpRequest, campaign_id: int, verb: str) -> HttpResponse:
    if verb not in VERBS:
        raise Http404
    VERBS[verb](pages.campaign_by_id(campaign_id), by=by(request))
    return redirect("campaign", campaign_id=campaign_id)
