"""Texts and conditions of the configuration: a bounded, sandboxed part of Jinja2."""
