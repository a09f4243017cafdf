"""Everything that speaks to Asterisk over AMI: bytes to frames, frames to PbxEvents, the link."""
