"""Creating tenants, finding them, and bringing their schemas up to date."""
