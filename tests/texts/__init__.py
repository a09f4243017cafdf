"""Templates and conditions, bounded."""
