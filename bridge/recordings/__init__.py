"""Recordings: find the file the PBX wrote, wait until it is whole, keep a copy, hand it out."""
