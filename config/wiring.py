"""The things that go upward: who hears which news, and what upper rooms add to lower ones.

Strings, resolved at start and verified by `manage.py check`. "billing.issue_cdr" is the task
`apps.billing.tasks.issue_cdr`.
"""

SUBSCRIBERS: dict[str, tuple[str, ...]] = {
    "drivers.TokenAccepted": ("billing.show_price",),
    "drivers.TokensChanged": ("drivers.keep_local_lists",),
    "stations.StationBooted": (
        "charging.note_interruption",
        "stations.note_firmware_boot",
        "stations.plan_configuration",
        "charging.renew_reservations",
        "drivers.note_local_list_boot",
    ),
    "stations.BulkOrdered": ("stations.send_bulk",),
    "stations.CampaignMoved": ("stations.advance_campaign",),
    "stations.CommandFinished": (
        "stations.note_support",
        "stations.take_upkeep_answer",
        "certificates.take_certificate_answer",
        "smartcharging.take_answer",
        "charging.take_reservation_answer",
        "charging.take_status_answer",
        "drivers.take_local_list_answer",
    ),
    "stations.ConfigurationDue": ("stations.configure_station",),
    "stations.TemplateChanged": ("stations.assess_stations",),
    "charging.TransactionStarted": ("smartcharging.adopt_profile", "billing.show_start"),
    "charging.TransactionEnded": ("billing.issue_cdr", "smartcharging.forget_profiles"),
    "billing.CdrIssued": ("billing.issue_invoice", "billing.show_final_cost"),
    "billing.InvoiceIssued": ("billing.render_invoice",),
    "billing.SellerCompleted": ("billing.issue_waiting",),
}

# Asked in this order whether a token may charge; the first that knows it decides.
TOKEN_AUTHORIZERS = ("apps.drivers.services.authorize_local",)

# Who understands which vendor's data (DataTransfer): vendor -> message -> (caller, data) -> answer.
VENDOR_HANDLERS = {
    "org.openchargealliance.costmsg": {"ConnectorUnplugged": "apps.billing.services.displays.take_unplugged"},
}

# Run for each new tenant schema, and again after a migration: (schema, tenant_id).
TENANT_SCHEMA_STEPS = (
    "apps.telemetry.services.views.create_views",
    "apps.stations.services.templates.ship_template",
)

# Run when a tenant is deleted: (schema, tenant_id).
TENANT_CLEANERS = ("apps.telemetry.services.views.forget_tenant", "apps.events.services.forget_tenant")
