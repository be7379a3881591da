"""Pages of what people decide: the work list, and quirks of makes."""

from django.urls import URLPattern, path

from apps.backoffice.views import quirks, worklist

urlpatterns: list[URLPattern] = [
    path("decide/", worklist.index, name="decide"),
    path("decide/count/", worklist.count, name="decide-count"),
    path("decide/<slug:key>/", worklist.show, name="decide-item"),
    path("decide/<slug:key>/<slug:action>/", worklist.decide, name="decide-action"),
    path("decisions/<int:decision_id>/undo/", worklist.undo, name="undo-decision"),
    path("quirks/", quirks.index, name="quirks"),
    path("quirks/make/", quirks.show, name="quirk"),
    path("quirks/accepted/", quirks.add, name="quirk-add"),
    path("quirks/accepted/<int:override_id>/remove/", quirks.remove, name="quirk-remove"),
    path("quirks/<int:observation_id>/accept/", quirks.accept, name="quirk-accept"),
    path("quirks/<int:observation_id>/dismiss/", quirks.dismiss, name="quirk-dismiss"),
]
