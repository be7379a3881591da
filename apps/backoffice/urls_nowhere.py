"""Every address under a host name that is nobody's."""

from django.urls import re_path

from apps.backoffice.views import entrance

urlpatterns = [re_path(r"", entrance.no_such_address)]
