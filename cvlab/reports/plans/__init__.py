"""What a run will do: chapters and their parameters, lines, plan files; all is checked before anything starts."""
