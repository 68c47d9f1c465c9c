"""The web service: pages over the same verbs and views as the command line; it decides nothing and writes nothing."""
