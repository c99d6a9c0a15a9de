"""The programming interface: who signed a request, and what every endpoint answers to a fault."""
