"""People and programs that may do things: users, roles, API keys, the audit trail, provisioning.

In the public schema its users are platform staff and resellers, in a tenant's schema that tenant's operators;
a user of one is unknown in the other. It promises that every action by a person or a key leaves an audit entry
that nobody can change.
"""
