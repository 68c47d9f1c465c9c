"""What can be done, one verb a file. Verbs see the world through ports and print nothing."""
