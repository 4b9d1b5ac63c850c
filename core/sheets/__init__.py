"""Files of rows: how they are written down, what their columns mean, and writing them back. No models in here."""
