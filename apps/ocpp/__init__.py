"""The gateway: charging stations' sockets, OCPP-J frames, leases and routes.

It promises three things. A reply to a station leaves only after the database has committed what it confirms. Only the
newest authenticated socket speaks for a station. And whatever a station sends, it harms no one but itself.
"""
