"""CRMs: one folder for each, all behind the `Crm` Protocol of bridge/domain/ports.py."""
