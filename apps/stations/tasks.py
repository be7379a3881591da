from apps.stations.services import commands, configuration, deviations, introductions, reports
from apps.tenants.tasks import tenant_task


@tenant_task
def expire_commands() -> None:
    """Close overdue commands, and forget parts of reports whose rest never came."""
    commands.expire_commands()
    reports.forget_partial_reports()


@tenant_task
def ask_for_boot() -> None:
    """Stations may talk without having told who they are."""
    introductions.ask_for_boot()


@tenant_task
def plan_configuration(station_id: int) -> None:
    """A station has booted."""
    configuration.plan_after_boot(station_id)


@tenant_task
def configure_station(station_id: int) -> None:
    configuration.configure(station_id)


@tenant_task
def assess_stations(template_id: int) -> None:
    """A template was changed or deleted."""
    deviations.assess_stations_of(template_id)
