"""CRMs as their documentation says they are, for tests and demonstrations."""
