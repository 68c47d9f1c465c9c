"""The entry point: a lazy group of commands and the one place where errors become words and exit statuses."""

import sys
from pathlib import Path
from typing import Any

import click

from hubposture.cli.context import Context
from hubposture.cli.lazy import LazyGroup
from hubposture.errors import HubpostureError, InputErrors

COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("hubposture.cli.demo:demo", "The main job on the emulated organization, no AWS account."),
    "census": ("hubposture.cli.census:census", "Read-only: who governs what, what is off and why, blind spots."),
    "init": ("hubposture.cli.init:init", "Make a baseline repository."),
    "lint": ("hubposture.cli.lint:lint", "Check the baseline: everything that is wrong, at once."),
    "diff": ("hubposture.cli.diff:diff", "What changed in the workbook, by meaning."),
    "merge": ("hubposture.cli.merge:merge", "Merge two versions of the workbook; git's merge driver."),
    "coverage": ("hubposture.cli.coverage:coverage", "What covers each requirement and clause; gaps first."),
    "setup-git": ("hubposture.cli.setup_git:setup_git", "Tell git in this clone how to show and merge the workbook."),
    "refresh": (
        "hubposture.cli.refresh:refresh",
        "Write what hubposture owns in the workbook: titles, coverage, guide.",
    ),
    "plan": ("hubposture.cli.plan:plan", "What differs between the baseline and every account and Region."),
    "apply": ("hubposture.cli.apply:apply", "Make it so, within what was reviewed."),
    "explain": ("hubposture.cli.explain:explain", "Why a control is on or off in one account and Region."),
    "controls": (
        "hubposture.cli.controls:controls",
        "New controls, and changes of controls proposed on branches with their plans.",
    ),
    "sync": ("hubposture.cli.sync:sync", "Findings come in, from the API, a queue of events or files."),
    "posture": ("hubposture.cli.posture:posture", "Obligations met, the score in three lines, and how it moved."),
    "findings": ("hubposture.cli.findings:findings", "What is failing, by control or one by one, under a filter."),
    "history": ("hubposture.cli.history:history", "What happened to a resource: changes, who wrote, what was checked."),
    "filters": ("hubposture.cli.filters:filters", "Filters of findings under a name, your own and shared ones."),
    "owners": ("hubposture.cli.owners:owners", "Who owns what, what nobody owns, and the teams of teams.yaml."),
    "waivers": (
        "hubposture.cli.waivers:waivers",
        "Approved exceptions that expire: read, previewed, approved, enforced.",
    ),
    "tickets": (
        "hubposture.cli.tickets:tickets",
        "Failing obligations as tickets of the teams that own them, closed by the check.",
    ),
    "notify": ("hubposture.cli.notify:notify", "Tell the teams by Slack and mail what is new, due and about to begin."),
    "report": (
        "hubposture.cli.report:report",
        "The weekly report, for executives and for everybody behind the numbers.",
    ),
    "outside": (
        "hubposture.cli.outside:outside",
        "Writes to Security Hub that did not come from hubposture, with who.",
    ),
    "access": ("hubposture.cli.access:access", "Who may do what, by the rules of access.cedar, and why."),
    "audit": ("hubposture.cli.audit:audit", "The audit trail: who did what, copied out, checked."),
    "run": ("hubposture.cli.run:run", "Everything once, for a scheduler."),
    "listen": ("hubposture.cli.listen:listen", "Act within seconds of an event, and do the jobs; a service."),
    "jobs": ("hubposture.cli.listen:jobs", "The jobs of `listen`: schedule, when next, how the last one ended."),
    "serve": ("hubposture.web.command:serve", "The web pages."),
    "tokens": ("hubposture.cli.people:tokens", "What programs ask the API by: made, listed, revoked."),
    "people": ("hubposture.cli.people:people", "Who is signed in to the pages; ending their sessions."),
    "store": ("hubposture.cli.store:store", "Check the lake and the ledger, compact them, move the ledger."),
    "sandbox": ("hubposture.cli.sandbox:sandbox", "The emulated organization."),
}

EXIT_FAILED = 1
EXIT_DIFFERS = 2
EXIT_INTERRUPTED = 130


@click.group(
    cls=LazyGroup, lazily=COMMANDS, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(package_name="hubposture")
@click.option("-C", "directory", type=click.Path(path_type=Path), default=Path(), help="The baseline repository.")
@click.option(
    "--organization", metavar="NAME", help="One organization of the settings; needed where there are several."
)
@click.option(
    "--settings-from",
    metavar="REV",
    help="Take hubposture.toml from this git revision: in a pull request from the base branch, not from what is proposed.",
)
@click.pass_context
def cli(ctx: click.Context, directory: Path, organization: str | None, settings_from: str | None) -> None:
    """Run AWS Security Hub CSPM from a workbook in git, in every account and Region.

    Begin with `hubposture demo`. Exit status: 0 in sync, 2 differs, 1 failed or incomplete, 130 interrupted.
    """
    ctx.obj = Context(directory=directory, organization=organization, settings_from=settings_from)


def main(arguments: list[str] | None = None) -> None:
    """Run a command and exit. Errors of ours are printed in words; others keep their traceback, they are defects."""
    sys.exit(run(arguments))


def run(arguments: list[str] | None = None) -> int:  # noqa: PLR0911 (one return per kind of end)
    """Run a command and give its exit status."""
    try:
        result: Any = cli.main(args=arguments, prog_name="hubposture", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        return 0
    except click.ClickException as error:
        error.show()
        return EXIT_FAILED
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted; run it again, it goes on from what is there", err=True)
        return EXIT_INTERRUPTED
    except InputErrors as error:
        _say(error.problems)
        return EXIT_FAILED
    except HubpostureError as error:
        click.echo(f"hubposture: {error}", err=True)
        return EXIT_FAILED
    except BrokenPipeError:
        return EXIT_FAILED
    except OSError as error:
        click.echo(f"hubposture: {error.filename or 'input or output'}: {error.strerror or error}", err=True)
        return EXIT_FAILED
    return result if isinstance(result, int) else 0


def _say(problems: tuple[object, ...]) -> None:
    click.echo(f"hubposture: {len(problems)} {'thing' if len(problems) == 1 else 'things'} to fix first", err=True)
    for problem in problems:
        click.echo(f"  {problem}", err=True)
