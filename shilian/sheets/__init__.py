"""Spreadsheets from outside, read in a process of their own, and sent back with their faults marked.

``preflight`` looks at a file before anything parses it; ``reader.stream_sheet(path)`` gives the rows
or raises ``refusals.Refused`` with one sentence for the sender, ``reader.book_of(path)`` the first
rows of every sheet; ``headers.find_header(rows, columns)`` finds the table in them; ``cells`` turns a
cell into a code, a day or an amount; ``photos`` reads an archive of photos; ``annotate`` writes the
workbook that goes back; ``trial`` throws thousands of spoilt sheets at all this.
"""
