"""Tenants: one PostgreSQL schema each, found by host name on the web and by path for stations.

It promises that code run through `in_tenant`, `schema_scope` or `@tenant_task` sees the rows of that tenant
and of no other, that a new tenant stands within a second (a replay of the template schema), and that a
migration reaches every tenant or, per tenant, not at all.
"""
