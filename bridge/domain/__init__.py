"""Values that every room shares: numbers, records, the closed vocabularies, the ports."""
