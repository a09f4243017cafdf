"""Texts and conditions of the configuration: a bounded, sandboxed part of Jinja2; where less will
do, words in braces."""
