"""A month's figures once more, from raw records alone and by code of its own.

Nothing here uses the filler, the tallies or the indicators' declarations: two ways to the same
figure prove it, one way used twice proves nothing. The register as at the month's end is taken from
the frozen rows only where the register has moved on since.
"""
