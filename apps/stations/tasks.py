from apps.stations.services import commands, reports
from apps.tenants.tasks import tenant_task


@tenant_task
def expire_commands() -> None:
    """Close overdue commands, and forget parts of reports whose rest never came."""
    commands.expire_commands()
    reports.forget_partial_reports()
