"""ARI: Asterisk's REST interface and its WebSocket, a second source of call events."""
