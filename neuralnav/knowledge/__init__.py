"""What is known: the embedded PostgreSQL, the pool, the schema, the collections and their seeds."""
