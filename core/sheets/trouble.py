class SheetError(Exception):
    """The file as a whole cannot be read. The message says what to do; `field` names the option at fault."""

    def __init__(self, message: str, *, field: str = "file") -> None:
        super().__init__(message)
        self.message, self.field = message, field
