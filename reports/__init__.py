"""What the answers mean: judges, statistics, comparison, page."""
