"""Pages of security events and certificates."""

from django.urls import URLPattern, path

from apps.backoffice.views import certificates, security

urlpatterns: list[URLPattern] = [
    path("security-events/", security.index, name="security-events"),
    path("security-events/seen/", security.see, name="security-events-seen"),
    path("certificates/", certificates.index, name="certificates"),
    path("certificates/<int:row_id>/delete/", certificates.delete, name="certificate-delete"),
    path("certificate-requests/<int:request_id>/sign/", certificates.sign, name="certificate-sign"),
    path("certificate-requests/<int:request_id>/refuse/", certificates.refuse, name="certificate-refuse"),
    path("stations/<str:identity>/certificates/", certificates.show, name="station-certificates"),
    path("stations/<str:identity>/certificates/ask/", certificates.ask, name="certificate-ask"),
    path("stations/<str:identity>/certificates/read/", certificates.read, name="certificate-read"),
    path("stations/<str:identity>/certificates/install/", certificates.install, name="certificate-install"),
]
