"""The demonstration province: made by calling the real operations, labelled as demonstration."""
