"""Runs import-linter: `import_linter.py SETTINGS`.

The package has no module to run, and its own script names the interpreter by a path that may hold spaces.
"""

from importlinter.cli import lint_imports_command

lint_imports_command()
