"""The page for people, the HTTP API with the port of the built-in CRM, hooks, health addresses."""
