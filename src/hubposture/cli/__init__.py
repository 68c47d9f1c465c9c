"""The command line: one file a command, thin over the verbs. Nothing heavy is imported before a command is chosen."""
