"""Pages of the platform's own host, and the probes that every host answers."""

from django.contrib.auth.views import LogoutView
from django.urls import URLPattern, URLResolver, path

from apps.backoffice.admin.site import platform_admin
from apps.backoffice.views import entrance, health

urlpatterns: list[URLPattern | URLResolver] = [
    path("", entrance.platform, name="platform"),
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
    path("login/", entrance.LoginView.as_view(next_page="admin:index"), name="login"),
    path("logout/", LogoutView.as_view(next_page="login"), name="logout"),
    path("password/", entrance.own_password, name="own-password"),
    path("password/done/", entrance.own_password_done, name="own-password-done"),
    path("language/", entrance.choose_language, name="language"),
    path("admin/", platform_admin.urls),
]
