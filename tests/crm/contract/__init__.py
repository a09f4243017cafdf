"""What every connector must do, whatever CRM is behind it.

A connector joins with a `Harness` in `harnesses.py`. Every check of bridge/crm/suite runs for every
harness that has what the check needs; what needs a CRM in trouble stands here, each fault row for
every harness that can make that fault.
"""
