"""What runs inside the process that opens a stranger's sheet; it imports nothing of the platform.

``main`` limits the process and talks to its parent, ``texts`` reads .csv, ``books`` picks a reader
for .xlsx: ``fast`` (calamine, whole sheet in memory) where ``scan`` found nothing it gets wrong,
``plain`` (row by row) for all else. ``wire`` is the form in which cells travel.
"""
