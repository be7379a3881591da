"""Pages of firmware, campaigns and logs."""

from django.urls import URLPattern, path

from apps.backoffice.views import campaigns, firmware

urlpatterns: list[URLPattern] = [
    path("firmware/", firmware.index, name="firmware"),
    path("firmware/<int:firmware_id>/file", firmware.file, name="firmware-file"),
    path("firmware/<int:firmware_id>/archive/", firmware.archive, name="firmware-archive"),
    path("firmware/<int:firmware_id>/delete/", firmware.delete, name="firmware-delete"),
    path("firmware/<int:firmware_id>/campaign/", campaigns.new, name="campaign-new"),
    path("campaigns/", campaigns.index, name="campaigns"),
    path("campaigns/<int:campaign_id>/", campaigns.show, name="campaign"),
    path("campaigns/<int:campaign_id>/<slug:verb>/", campaigns.change, name="campaign-change"),
    path("stations/<str:identity>/firmware/", firmware.show, name="upkeep"),
    path("stations/<str:identity>/firmware/update/", firmware.update, name="firmware-update"),
    path("stations/<str:identity>/firmware/log/", firmware.log, name="log-request"),
    path("firmware/updates/<int:update_id>/cancel/", firmware.cancel, name="update-cancel"),
    path("logs/<int:file_id>/", firmware.log_file, name="log-file"),
]
