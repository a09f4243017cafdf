"""The page for people, the HTTP API and the health addresses; read-only."""
