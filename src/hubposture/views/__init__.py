"""What is shown, as data: documents of headings, tables and sentences, with the same numbers as JSON."""
