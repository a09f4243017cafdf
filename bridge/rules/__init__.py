"""Rules: one call record and what the CRM knows of the client → the commands, each with a reason.

Pure: no clock, no network, no database. `plan` is the way in; one file holds each scheme.
"""
