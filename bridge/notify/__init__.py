"""Failures and recoveries, told to people once an incident."""
