"""Who may do what: actions, people and things as data, the schema of the rules, and filters made of them. Decides nothing."""
