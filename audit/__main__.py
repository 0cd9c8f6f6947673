"""Run the `audit` command as `python -m audit`."""

from audit.command import main

main()
