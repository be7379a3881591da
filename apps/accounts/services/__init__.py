"""The audit trail, people, API keys, and saving with both a check and an audit entry."""
