"""Tests, one folder per room of the program, and the laboratory they share."""
