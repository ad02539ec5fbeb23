"""What the engine tells a user who can do something about it."""


class EngineError(Exception):
    """One or two clear lines; shown as `error: ...`, exit status `status`, never with a stack trace."""

    def __init__(self, message: str, *, status: int = 1) -> None:
        super().__init__(message)
        self.status = status


class Cancelled(EngineError):  # noqa: N818 - it is nobody's error
    """The user asked to stop."""
