"""Headings under which lists of teams are kept elsewhere (a CMDB, a spreadsheet), and what they mean."""

from hubposture.matrix.columns import Column, SheetSpec, Takes, normal

TEAMS = SheetSpec(
    name="Teams",
    help="A list kept elsewhere of who owns what; several rows of one team are one team.",
    identity=("team",),
    columns=(
        Column(
            "team", "Team", Takes.TEXT, "The name of the team.",
            ("Team Name", "Owner", "Owning Team", "Owner Team", "Responsible", "Responsible Team", "Service Owner", "Application Owner", "Account Owner", "Squad"),
        ),
        Column("aliases", "Aliases", Takes.TEXTS, "Further names of the team.", ("Alias", "Also known as", "Short Name", "Cost Centre", "Cost Center", "Team ID")),
        Column(
            "accounts", "Accounts", Takes.ACCOUNTS, "Account ids.",
            ("Account", "Account ID", "Account IDs", "AWS Account", "AWS Account ID", "AWS Accounts", "Account Number"),
        ),
        Column("ous", "OUs", Takes.TEXTS, "Organizational units by id or path.", ("OU", "OU Path", "Organizational Unit", "Organizational Units")),
        Column("tags", "Tags", Takes.TAGS, "Tags of resources, name=value.", ("Tag", "Resource Tags")),
        Column("jira_project", "Jira project", Takes.TEXT, "The key of the project.", ("Jira", "Jira Key", "Project Key", "Jira Project Key")),
        Column("jira_epic", "Jira epic", Takes.TEXT, "The epic under which tickets hang.", ("Epic", "Epic Link")),
        Column("jira_parent", "Jira parent", Takes.TEXT, "The parent under which tickets hang.", ("Parent",)),
        Column("servicenow", "ServiceNow group", Takes.TEXT, "The assignment group.", ("ServiceNow", "Assignment Group", "Support Group", "SNOW Group")),
        Column("defectdojo", "DefectDojo product", Takes.TEXT, "The product.", ("DefectDojo", "Product")),
        Column("slack", "Slack", Takes.TEXT, "The channel.", ("Slack Channel", "Channel")),
        Column("mail", "Mail", Takes.TEXT, "One address.", ("E-Mail", "Email", "Email Address", "Contact", "Team Email", "Distribution List", "Mailbox")),
        Column("via", "Via", Takes.CHOICE, "Who makes the tickets: hubposture, defectdojo or none.", ("Tickets via",)),
    ),
)  # fmt: skip
"""What a row may hold."""

KEYS = tuple(column.key for column in TEAMS.columns)


def is_known(name: str) -> bool:
    """Whether a name is the key, the heading or another heading of a column."""
    return TEAMS.column_for(name) is not None or normal(name) in {normal(key) for key in KEYS}
