"""The contract of a connector as checks that run against any CRM: one that a test has just made,
and one that people work in.

A check makes what it needs under numbers and names of its own, looks only at that, and leaves it:
the port deletes nothing. What needs a CRM in trouble stands in tests/crm/contract.
"""
