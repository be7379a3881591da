"""Pages about configuration."""

from django.urls import URLPattern, URLResolver, path

from apps.backoffice.views import configuration

urlpatterns: list[URLPattern | URLResolver] = [
    path("configuration/", configuration.fleet, name="configuration-fleet"),
    path("configuration/repair/", configuration.repair_many, name="configuration-repair-many"),
    path("configuration/policy/", configuration.set_policy, name="configuration-policy"),
    path("configuration/templates/new/", configuration.add_template, name="configuration-template-new"),
    path("configuration/templates/<int:template_id>/", configuration.template, name="configuration-template"),
    path(
        "configuration/templates/<int:template_id>/edit/",
        configuration.edit_template,
        name="configuration-template-edit",
    ),
    path(
        "configuration/templates/<int:template_id>/delete/",
        configuration.delete_template,
        name="configuration-template-delete",
    ),
    path(
        "configuration/templates/<int:template_id>/apply/",
        configuration.apply_template,
        name="configuration-template-apply",
    ),
    path("stations/<str:identity>/configuration/", configuration.show, name="configuration"),
    path("stations/<str:identity>/configuration/read/", configuration.read_all, name="configuration-read"),
    path("stations/<str:identity>/configuration/repair/", configuration.repair_one, name="configuration-repair"),
    path("stations/<str:identity>/configuration/<int:variable_id>/", configuration.change, name="configuration-change"),
    path("stations/<str:identity>/password/told/", configuration.rotate, name="password-told"),
    path("stations/<str:identity>/registration/", configuration.register, name="registration"),
]
