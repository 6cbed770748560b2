"""One base class for everything that broken input can cause; each module adds its own kinds."""


class CstokgError(Exception):
    """Broken input. The message names the file and line, or the parameter, and the remedy."""
