"""`counterfoil demo`: a believable shop. What is on its shelves and who buys (`goods`, `neighbours`), what happens
there on each day (`days`, `baskets`), and two ways to write it: the sale itself (`real`), or in bulk (`bulk`)."""
