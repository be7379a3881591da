"""What the gateway does in the database, always in a tenant's thread and schema."""
