"""The benchmark practice: thousands of clients and years of visits, loaded by COPY. Same seed, same practice."""
