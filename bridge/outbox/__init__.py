"""Outbox: every finished call reaches each destination at least once on the wire, once in effect.

A lane per destination leases entries in the order of each client, looks the client up, plans by
the rules, stores the plan, and writes command by command, each result stored before the next.
"""
