"""``python -m cstokg`` is the command ``cstokg``."""

from cstokg.cli import main

main()
