"""Other people's software doing the same work; each module is a program of its own process.

A program reads one JSON object from standard input and prints one. ``measures.versus`` runs them;
nothing imports them, and the platform runs without the packages they need.
"""
