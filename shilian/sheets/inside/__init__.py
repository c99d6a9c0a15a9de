"""What runs inside the process that opens a stranger's sheet; it imports nothing of the platform.

``main`` limits the process and talks to its parent, ``texts`` reads .csv, ``books`` picks a reader
for .xlsx: ``stream`` (a text search) for sheets that ``scan`` found written as common programs write
them, ``plain`` (an XML parser) for all else. ``wire`` is the form in which cells travel.
"""
