class CouldNotRun(Exception):
    """A case that has no figures, with the reason for whoever reads the report."""
