"""Run the command ``cstokg`` as ``python -m cstokg``."""

from cstokg.cli.main import main

main()
