"""The configuration file: read with line numbers, checked as a whole, never half believed.

Each room defines the model of its own settings; here they are composed, and files, environment
and secrets are known.
"""
