"""The counter's endpoints and drafts: what its script posts, what is kept, what is answered."""
