"""The group-commit writer's own connection to PostgreSQL."""
