"""What every connector must do, whatever CRM is behind it.

A connector joins with a `Harness` in `harnesses.py`. Each test runs for every harness that has
the capabilities its module NEEDS and its mark `needs` names, each fault row for every harness that
can make that fault.
"""
