"""Pages of a tenant's host."""

from django.contrib.auth.views import LogoutView
from django.urls import URLPattern, URLResolver, include, path

from apps.backoffice.admin.site import tenant_admin
from apps.backoffice.views import local_lists
from apps.backoffice.views import board, charges, commands, decisions, entrance, invoices, reservations, stations

urlpatterns: list[URLPattern | URLResolver] = [
    path("", board.show, name="board"),
    path("login/", entrance.LoginView.as_view(), name="login"),
    path("logout/", LogoutView.as_view(next_page="login"), name="logout"),
    path("password/", entrance.own_password, name="own-password"),
    path("password/done/", entrance.own_password_done, name="own-password-done"),
    path("language/", entrance.choose_language, name="language"),
    path("stations/", stations.index, name="stations"),
    path("stations/<str:identity>/", stations.show, name="station"),
    path("", include("apps.backoffice.urls_configuration")),
    path("", include("apps.backoffice.urls_decisions")),
    path("stations/<str:identity>/frames/", stations.log, name="frames"),
    path("stations/<str:identity>/frames/<int:frame_id>/", stations.frame, name="frame"),
    path("stations/<str:identity>/commands/", stations.history, name="commands"),
    path("stations/<str:identity>/commands/<slug:name>/", commands.order, name="order"),
    path("stations/<str:identity>/connect/", stations.connect, name="connect"),
    path("stations/<str:identity>/password/", stations.new_password, name="password"),
    path("stations/<str:identity>/local-list/", local_lists.show, name="local-list"),
    path("stations/<str:identity>/local-list/read/", local_lists.read, name="local-list-read"),
    path("stations/<str:identity>/local-list/send/", local_lists.send, name="local-list-send"),
    path("stations/<str:identity>/local-list/switch/", local_lists.switch, name="local-list-switch"),
    path("", include("apps.backoffice.urls_firmware")),
    path("local-lists/", local_lists.index, name="local-lists"),
    path("local-lists/switch/", local_lists.switch_all, name="local-lists-switch"),
    path("quarantine/<int:message_id>/settle/", stations.settle_message, name="settle"),
    path("refused/", stations.refused, name="refused"),
    path("tokens/", commands.tokens, name="tokens"),
    path("charges/", charges.index, name="charges"),
    path("charges/<int:charge_id>/", charges.show, name="charge"),
    path("charges/<int:charge_id>/curve.json", charges.curve, name="curve"),
    path("charges/<int:charge_id>/stop/", commands.stop, name="stop"),
    path("charges/<int:charge_id>/close/", decisions.close, name="close"),
    path("charges/<int:charge_id>/release/", decisions.release, name="release"),
    path("reservations/", reservations.index, name="reservations"),
    path("reservations/new/", reservations.add, name="reserve"),
    path("reservations/<int:reservation_id>/", reservations.show, name="reservation"),
    path("reservations/<int:reservation_id>/cancel/", reservations.cancel, name="reservation-cancel"),
    path("reservations/<int:reservation_id>/drop/", reservations.drop, name="reservation-drop"),
    path("invoices/<str:invoice_number>/credit/", decisions.credit, name="credit"),
    path("invoices/", invoices.index, name="invoices"),
    path("invoices/<str:invoice_number>/", invoices.show, name="invoice"),
    path("invoices/<str:invoice_number>/pdf", invoices.pdf, name="invoice-pdf"),
    path("exports/charges.csv", invoices.charges_file, name="charges-file"),
    path("exports/invoices.csv", invoices.invoices_file, name="invoices-file"),
    path("admin/", tenant_admin.urls),
]
