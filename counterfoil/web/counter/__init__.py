"""The counter: where bills are rung up. Drafts on the server, parts of the page as answers, no rule of its own."""
