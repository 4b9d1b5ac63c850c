"""Files of rows taken in, and given out again. `kinds` is the contract, `running` takes a file in whole."""
