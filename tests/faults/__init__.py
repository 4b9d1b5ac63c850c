"""The sender under faults: real processes that are killed, a carrier outside that keeps the ledger, and a judge.

The short form runs with the other tests (`test_faults.py`), the long one by `make faults`.
"""
