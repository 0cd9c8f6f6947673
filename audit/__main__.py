"""Run the `audit` command as `python -m audit`."""

from audit.commands.main import main

main()
