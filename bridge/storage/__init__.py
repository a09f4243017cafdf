"""Storage: calls, deliveries and recordings in SQL, calls in progress in a file."""
