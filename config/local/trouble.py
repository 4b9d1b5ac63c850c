class Trouble(Exception):
    """Something the reader can put right; its text is one line and says how."""
