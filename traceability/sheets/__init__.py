"""What a sheet of each kind says: its columns, what a row means, and how its rows become records."""
