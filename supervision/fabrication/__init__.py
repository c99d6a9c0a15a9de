"""造数识别: what a month's records look like, read set-wise and scored by the rules."""
