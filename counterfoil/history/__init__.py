"""Previous purchases, the day, tax summaries: reads only."""
