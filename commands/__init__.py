"""What the commands of cli.py do; cli.py itself only names their options."""
