"""How people and systemd see the daemon: logs, metrics, health, tasks that nobody loses."""
