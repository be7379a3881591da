"""The REST API of a tenant: everything the back office shows, and commands to stations, for programs.

It promises that a key sees its own tenant only, that wrong input is answered with a problem that names the field and
never with a server error, that money travels as text, energy as whole Wh and instants in UTC, and that whatever a
program changes goes through the same services, and into the same audit trail, as what a person changes.
"""
