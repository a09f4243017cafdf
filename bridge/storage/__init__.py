"""Storage: calls, deliveries, the journal and recordings in SQLite; PostgreSQL by URL."""
