"""Security events: the list, and who has seen them."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from apps.backoffice.services.queries import number_of
from apps.backoffice.services.rights import SEE_EVENT
from apps.backoffice.services.security import EventFilter, event_list
from apps.backoffice.views.access import by, draw, page
from apps.stations.services.security import see_events

MOST_AT_ONCE = 200


@require_safe
@page("stations.view_securityevent")
def index(request: HttpRequest) -> HttpResponse:
    wanted = EventFilter.from_query(request.GET)
    return draw(request, "security_events", {"found": event_list(wanted), "wanted": wanted})


@require_POST
@page(SEE_EVENT)
def see(request: HttpRequest) -> HttpResponse:
    """Those whose numbers are sent; back to where the button was."""
    numbers = [number_of(raw) for raw in request.POST.getlist("event")[:MOST_AT_ONCE]]
    see_events([number for number in numbers if number is not None], by=by(request))
    back = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()})
    return redirect(back if is_ours else "security-events")
