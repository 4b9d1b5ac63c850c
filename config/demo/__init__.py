"""A small living practice that never was: everybody in it is made up. Same seed, same practice."""
