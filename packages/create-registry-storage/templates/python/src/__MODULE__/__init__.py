"""The storage driver __NAME__ of the Outrigger registry."""
