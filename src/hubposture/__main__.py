"""`python -m hubposture`."""

from hubposture.cli.main import main

main()
