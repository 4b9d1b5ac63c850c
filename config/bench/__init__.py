"""`manage.py bench`: the figures of docs/bench.md, measured on a practice and a server of its own."""
