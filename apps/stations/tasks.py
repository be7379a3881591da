from apps.stations.models import StationCommand
from apps.stations.services import (
    bulk,
    campaigns,
    commands,
    configuration,
    deviations,
    firmware,
    introductions,
    logs,
    reports,
    support,
    triggers,
)
from apps.tenants.tasks import tenant_task


@tenant_task
def expire_commands() -> None:
    """Close overdue commands, judge triggers, and forget parts of reports whose rest never came."""
    commands.expire_commands()
    triggers.judge_triggers()
    reports.forget_partial_reports()


@tenant_task
def ask_for_boot() -> None:
    """Stations may talk without having told who they are."""
    introductions.ask_for_boot()


@tenant_task
def take_upkeep_answer(command_id: str) -> None:
    """A station has answered, or not, to the request for an update or a log."""
    command = StationCommand.objects.get(pk=command_id)
    firmware.note_answer(command)
    logs.note_answer(command)


@tenant_task
def note_firmware_boot(station_id: int) -> None:
    firmware.note_boot(station_id)


@tenant_task
def advance_campaign(campaign_id: int) -> None:
    campaigns.advance_campaign(campaign_id)


@tenant_task
def tend_firmware() -> None:
    """End what took too long, and begin the waves that are due."""
    firmware.time_out_updates()
    logs.time_out_logs()
    for campaign_id in campaigns.running_campaigns():
        campaigns.advance_campaign(campaign_id)


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


@tenant_task
def note_support(command_id: str) -> None:
    """A station has answered that it does not know an action, or that it does."""
    support.note_support(StationCommand.objects.select_related("station").get(pk=command_id))


@tenant_task
def send_bulk(bulk_id: int) -> None:
    bulk.send_bulk(bulk_id)
