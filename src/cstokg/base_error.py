"""The base class of all errors that broken input causes; each module defines its own subclasses."""


class CstokgError(Exception):
    """The input is broken. The message names the file and line, or the parameter, and the remedy."""
