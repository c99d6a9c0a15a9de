"""Spreadsheets from outside, read in a process of their own, and sent back with their faults marked.

``reader.read_sheet(path)`` gives the rows or raises ``refusals.Refused`` with one sentence for the
sender; ``headers.find_header(rows, columns)`` finds the table in them; ``cells`` turns a cell into a
code, a date or a number; ``annotate.write_annotated`` writes the workbook that goes back.
"""
