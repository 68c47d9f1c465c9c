"""The one filter language of command line and pages: text to tree, tree to SQL."""
