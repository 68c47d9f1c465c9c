"""Every decision on waivers, and every trouble that findings are known for, as cases that share a world.

`CASES` has them by name; a name is a sentence of fact.
"""

import datetime as dt
from dataclasses import replace

from holds.holds_world import DATA, LINKED, WEB
from holds.waivers_plays import Case, Part, Play, Thing
from holds.waivers_world import NOT_WAIVABLE, SAND, THIRTY_DAYS, WORK, two_resources
from hubposture.sandbox.findings_quirks import SuppressedUpdates
from hubposture.waivers.waiver import Effect, Revocation, Waiver
from hubposture.waivers.write import with_expires, with_revocation

CASES: dict[str, Case] = {}


def case(play: Case) -> Case:
    """Play it with the others."""
    CASES[play.__name__.replace("_", " ")] = play
    return play


def revoke(part: Part, waiver: str) -> None:
    """Take a waiver back today."""
    revoked = Revocation(part.there.day(), "lee@example.com", "no longer true")
    part.there.edit(waiver, lambda raw: with_revocation(raw, waiver, revoked))


def extend(part: Part, waiver: Waiver, days: int) -> dt.date:
    """Move a waiver's last day."""
    until = waiver.expires + dt.timedelta(days=days)
    part.there.edit(waiver.id, lambda raw: with_expires(raw, waiver.id, until))
    return until


# --- suppress, keep, release -----------------------------------------------------------------------------------------


@case
def what_a_waiver_covers_is_suppressed_and_kept_and_open_again_once_it_is_revoked(part: Part) -> Play:
    site = part.bucket("a")
    waiver = part.waive("a", site, reason="Static web site")
    yield
    site.said("suppress", f"{waiver.id} covers it until {waiver.expires}")
    assert (site.status, site.shown.waiver, site.shown.until) == ("SUPPRESSED", waiver.id, str(waiver.expires))
    assert site.shown.note == (
        f"Waived by {waiver.id} until {waiver.expires}. Static web site. Approved by lee@example.com."
    )
    wrote = part.there.by_us(site.subject)
    yield
    site.said("keep", f"suppressed under {waiver.id} until {waiver.expires}")
    assert part.there.by_us(site.subject) == wrote, "nothing is written twice"
    revoke(part, waiver.id)
    yield
    site.said("release", f"{waiver.id} matches it, but does not hold (revoked on")
    assert (site.status, site.shown.waiver) == ("NEW", "released")
    assert site.shown.note.startswith("Open again since ")
    wrote = part.there.by_us(site.subject)
    yield
    site.said("leave", "it is open")
    assert part.there.by_us(site.subject) == wrote


@case
def what_nobody_waived_is_left_open(part: Part) -> Play:
    site = part.bucket("a")
    yield
    site.said("leave")
    assert site.status == "NEW"
    site.is_untouched()


@case
def what_passes_is_left_and_suppressed_when_it_fails(part: Part) -> Play:
    site = part.bucket("a", passes=True)
    waiver = part.waive("a", site)
    yield
    site.said("leave")
    site.is_untouched()
    site.fails()
    yield
    site.said("suppress", f"{waiver.id} covers it")
    assert site.status == "SUPPRESSED"


@case
def what_passed_and_failed_again_is_suppressed_again_and_never_set_to_new_while_it_passed(part: Part) -> Play:
    site = part.bucket("a")
    waiver = part.waive("a", site)
    yield
    site.said("suppress")
    site.passes()
    before = site.shown
    yield
    if before.compliance == "PASSED":
        site.said("leave", f"it passes; {waiver.id} covers it")
    else:
        site.said("keep")  # checks that do not touch what is suppressed
    assert site.shown == before
    site.fails()
    yield
    site.said("keep" if before.workflow == "SUPPRESSED" else "suppress", waiver.id)
    assert site.status == "SUPPRESSED"


@case
def what_lapsed_while_it_passed_is_released_when_it_fails(part: Part) -> Play:
    site = part.bucket("a")
    waiver = part.waive("a", site)
    yield
    site.passes()
    revoke(part, waiver.id)
    hidden = site.shown
    yield
    if hidden.compliance == "PASSED":
        site.said("leave", "it passes")
        assert site.shown == hidden, "nothing is written on what passes"
    site.fails()
    yield
    assert site.status == "NEW"


@case
def what_was_archived_and_came_back_is_covered_as_before(part: Part) -> Play:
    site = part.bucket("a")
    waiver = part.waive("a", site)
    yield
    site.said("suppress")
    part.there.box.delete_resource(site.subject[3])
    yield
    site.said("leave")
    assert part.there.shown(site.subject) == []
    part.bucket("a")
    if not part.there.shown(site.subject):
        return  # a check that does not touch what is suppressed never finds it again
    yield
    assert site.status == "SUPPRESSED"
    assert site.shown.waiver == waiver.id


# --- what people and others do ---------------------------------------------------------------------------------------


@case
def what_somebody_suppressed_is_adopted_where_a_waiver_covers_it(part: Part) -> Play:
    site = part.bucket("a")
    site.person("SUPPRESSED", "known, see SEC-12")
    waiver = part.waive("a", site)
    yield
    site.said("adopt", f"somebody suppressed it; {waiver.id} covers it")
    assert (site.status, site.shown.waiver) == ("SUPPRESSED", waiver.id)
    assert "Note by kim@example.com: known, see SEC-12" in site.shown.note
    revoke(part, waiver.id)
    yield
    site.said("release")
    assert site.status == "NEW"
    assert "known, see SEC-12" in site.shown.note


@case
def what_somebody_suppressed_without_a_waiver_is_reported_and_left_as_it_is(part: Part) -> Play:
    site = part.bucket("a")
    site.person("SUPPRESSED", "known")
    yield
    site.said("unapproved", "suppressed, and no waiver covers it")
    assert part.done is not None
    found = part.done.outlook.decided.suppressors[site.shown.key]
    assert found.who.endswith("kim@example.com")
    yield
    site.said("unapproved")
    assert (site.status, site.shown.note) == ("SUPPRESSED", "known")
    site.is_untouched()


@case
def what_a_rule_of_others_may_have_suppressed_is_reported_with_the_rule(part: Part) -> Play:
    site = part.bucket("a", passes=True)
    part.rule(site)
    site.fails()
    yield
    site.said("unapproved", "no waiver covers it", f"the automation rule 'rule of case {part.number}' may set it")
    site.is_untouched()


@case
def what_a_rule_of_others_would_suppress_again_is_held_until_the_rule_is_gone(part: Part) -> Play:
    site = part.bucket("a")
    waiver = part.waive("a", site)
    yield
    site.said("suppress")
    rule = part.rule(site)
    revoke(part, waiver.id)
    wrote = part.there.by_us(site.subject)
    yield
    site.said("held", f"the automation rule 'rule of case {part.number}' may set SUPPRESSED again at the next check")
    assert site.status == "SUPPRESSED"
    assert part.there.by_us(site.subject) == wrote
    part.there.box.remove_rule(rule)
    yield
    site.said("release")
    assert site.status == "NEW"


@case
def what_somebody_resolved_is_open_again_after_its_next_check(part: Part) -> Play:
    site = part.bucket("a")
    yield
    site.person("RESOLVED")
    yield
    if part.done is not None and site.shown.workflow == "RESOLVED":
        site.said("leave", "it is RESOLVED, though its check fails; it waits for its next check")
        site.is_untouched()
    yield
    site.said("unresolve", "it was RESOLVED, but its check still fails")
    assert site.status == "NEW"


@case
def what_another_tool_resolved_is_suppressed_where_a_waiver_covers_it(part: Part) -> Play:
    site = part.bucket("a")
    site.person("RESOLVED")
    waiver = part.waive("a", site)
    yield
    site.said("suppress", waiver.id, "it is RESOLVED, though its check fails")
    assert site.status == "SUPPRESSED"
    site.person("RESOLVED")
    yield
    site.said("suppress", "it is RESOLVED, though its check fails")
    assert site.status == "SUPPRESSED"


@case
def what_somebody_opened_or_notified_is_suppressed_again(part: Part) -> Play:
    sites = [part.bucket(one) for one in ("a", "b")]
    part.waive("a", *sites)
    yield
    for site, status in zip(sites, ("NEW", "NOTIFIED"), strict=True):
        site.said("suppress")
        site.person(status)
    yield
    for site in sites:
        site.said("suppress")
        assert site.status == "SUPPRESSED"


@case
def a_note_that_somebody_wrote_over_ours_is_kept_in_ours_and_in_full_in_the_ledger(part: Part) -> Play:
    site = part.bucket("a")
    waiver = part.waive("a", site)
    yield
    site.person(note="please look again")
    yield
    site.said("re-note", "somebody wrote over the note", waiver.id)
    assert site.shown.note_by == "hubposture/test"
    assert site.shown.note.endswith("|| Note by kim@example.com: please look again")
    assert part.there.kept()[site.shown.key, "please look again"] == "kim@example.com"
    site.person(note="and again")
    yield
    assert site.shown.note.endswith("|| Note by kim@example.com: and again"), "the newest, once, and not nested"
    assert site.shown.note.count("Waived by") == 1


@case
def notes_of_600_characters_are_shortened_to_what_aws_takes_and_kept_in_full(part: Part) -> Play:
    site = part.bucket("a")
    said = "because of the old load balancer " * 18
    site.person(note=said)
    waiver = part.waive("a", site, reason="public on purpose, as agreed with everybody " * 13)
    yield
    site.said("suppress", waiver.id)
    assert site.status == "SUPPRESSED"
    assert len(site.shown.note) <= 512
    assert "because of the old load balancer" in site.shown.note
    assert part.there.kept()[site.shown.key, said] == "kim@example.com"
    yield
    site.said("keep")
    revoke(part, waiver.id)
    yield
    site.said("release")
    assert "because of the old load balancer" in site.shown.note


@case
def fields_of_other_people_stay_beside_the_mark(part: Part) -> Play:
    site = part.bucket("a")
    site.person(fields={"ticket": "SEC-12"})
    waiver = part.waive("a", site)
    yield
    assert site.shown.fields["ticket"] == "SEC-12"
    site.person(fields={"ticket": "SEC-13"})
    yield
    if site.shown.waiver:
        assert site.shown.fields["ticket"] == "SEC-13"
        assert site.shown.waiver == waiver.id
    revoke(part, waiver.id)
    yield
    site.said("release")
    assert (site.shown.fields["ticket"], site.shown.waiver) == ("SEC-13", "released")


@case
def what_carries_the_mark_of_another_instance_is_left_to_it(part: Part) -> Play:
    site = part.bucket("a")
    mark = {"hubposture/instance": "elsewhere", "hubposture/waiver": "W-X", "hubposture/until": "2027-01-01"}
    site.person("SUPPRESSED", fields=mark)
    part.waive("a", site)
    yield
    site.said("leave", "marked by another instance: elsewhere")
    site.is_untouched()
    assert site.status == "SUPPRESSED"


# --- what was approved, and what was not -----------------------------------------------------------------------------


@case
def what_a_waiver_came_to_match_after_its_approval_is_surplus_and_stays_open(part: Part) -> Play:
    first = part.bucket("a")
    waiver = part.waive("a", pattern="*")
    yield
    first.said("suppress")
    second = part.bucket("b")
    yield
    second.said("surplus", f"{waiver.id} matches it, but it is not among what was approved")
    second.is_untouched()
    first.said("keep")


@case
def what_is_new_is_taken_in_up_to_covers_new(part: Part) -> Play:
    first = part.bucket("a")
    waiver = part.waive("a", pattern="*", covers_new=1)
    yield
    first.said("suppress")
    second = part.bucket("b")
    yield
    second.said("suppress", waiver.id)
    third = part.bucket("c")
    yield
    second.said("keep")
    third.said("surplus", waiver.id)
    assert (second.status, third.status) == ("SUPPRESSED", "NEW")


@case
def a_waiver_that_nobody_or_its_requester_approved_excuses_nothing(part: Part) -> Play:
    alone, own = part.bucket("a"), part.bucket("b")
    part.waive("a", alone, by="")
    part.waive("b", own, by="Kim@Example.com")
    yield
    alone.said("leave", "does not hold (nobody has approved it)")
    own.said("leave", "does not hold (Kim@Example.com approved what kim@example.com asked for")
    alone.is_untouched()
    own.is_untouched()


@case
def what_was_changed_after_its_approval_is_released(part: Part) -> Play:
    site = part.bucket("a")
    waiver = part.waive("a", site)
    yield
    site.said("suppress")
    part.there.edit(waiver.id, lambda raw: raw.replace(b"covers_new: 0", b"covers_new: 5"))
    yield
    site.said("release", f"{waiver.id} matches it, but does not hold")
    assert site.status == "NEW"


@case
def an_extension_counts_once_it_is_approved_and_is_written_then(part: Part) -> Play:
    site = part.bucket("a")
    waiver = part.waive("a", site)
    yield
    until = extend(part, waiver, 30)
    yield
    site.said("keep", f"until {waiver.expires}")
    part.there.to_approve[waiver.id] = "lee@example.com"
    yield
    site.said("re-note", f"{waiver.id} now holds until {until}")
    assert site.shown.until == str(until)


@case
def a_waiver_cut_short_counts_at_once(part: Part) -> Play:
    site = part.bucket("a")
    waiver = part.waive("a", site)
    yield
    until = extend(part, waiver, -30)
    yield
    site.said("re-note", f"{waiver.id} now holds until {until}")
    assert site.shown.until == str(until)


@case
def of_two_waivers_the_one_that_ends_last_counts_and_the_other_takes_over(part: Part) -> Play:
    site = part.bucket("a")
    short = part.waive("a", site, days=30)
    long = part.waive("b", site, days=60)
    yield
    site.said("suppress", f"{long.id} covers it until {long.expires}")
    revoke(part, long.id)
    yield
    site.said("re-note", f"suppressed under {long.id}, now under {short.id}")
    assert (site.status, site.shown.waiver) == ("SUPPRESSED", short.id)
    revoke(part, short.id)
    yield
    site.said("release")


@case
def what_is_accepted_visibly_stays_open(part: Part) -> Play:
    open_, hidden = part.bucket("a"), part.bucket("b")
    hidden.person("SUPPRESSED")
    waiver = part.waive("a", open_, hidden, effect=Effect.VISIBLE)
    yield
    open_.said("leave", f"{waiver.id} accepts it, and it stays visible")
    hidden.said("leave", f"{waiver.id} accepts it, and it stays visible; suppressed by somebody else")
    open_.is_untouched()
    hidden.is_untouched()
    assert hidden.status == "SUPPRESSED"


@case
def what_was_suppressed_is_open_again_once_its_waiver_makes_it_visible(part: Part) -> Play:
    site = part.bucket("a")
    waiver = part.waive("a", site)
    yield
    site.said("suppress")
    part.there.write(replace(waiver, effect=Effect.VISIBLE))
    part.there.to_approve[waiver.id] = "lee@example.com"
    yield
    site.said("release", f"{waiver.id} accepts it, and it stays visible")
    assert site.status == "NEW"


@case
def where_the_matrix_allows_no_waiver_or_none_so_long_nothing_is_suppressed(part: Part) -> Play:
    never, shortly = part.bucket("a", NOT_WAIVABLE), part.bucket("b", THIRTY_DAYS)
    short = part.bucket("c", THIRTY_DAYS)
    part.waive("a", never, shortly, short, controls=(NOT_WAIVABLE, THIRTY_DAYS))
    part.waive("b", short, controls=(THIRTY_DAYS,), valid_from=part.there.day(), days=20)
    yield
    never.said("leave", "its row of the matrix allows no such waiver")
    shortly.said("leave", "its row of the matrix allows no such waiver")
    short.said("suppress", part.waiver("b"))
    never.is_untouched()
    shortly.is_untouched()


@case
def an_account_that_moves_takes_no_waiver_with_it_and_finds_none(part: Part) -> Play:
    """The account goes from one OU to the other, both of which have waivers."""
    moving, staying = part.bucket("a", "S3.3", place=(DATA, LINKED)), part.bucket("b", "S3.3")
    left = part.waive("a", ous=(SAND,), controls=("S3.3",))
    joined = part.waive("b", ous=(WORK,), controls=("S3.3",))
    yield
    moving.said("suppress", left.id)
    staying.said("suppress", joined.id)
    part.there.move(DATA, WORK)
    yield
    moving.said("release", f"{left.id} does not cover it any more")
    staying.said("keep", joined.id)
    yield
    moving.said("surplus", f"{joined.id} matches it, but it is not among what was approved")
    part.there.move(DATA, SAND)
    yield
    moving.said("suppress", left.id)


@case
def an_edited_tag_grants_nothing_and_takes_away_what_needs_it(part: Part) -> Play:
    tagged, other = part.bucket("a", tags={"env": "test"}), part.bucket("b", tags={"env": "prod"})
    waiver = part.waive("a", pattern="*", tags=(("env", "test"),), covers_new=5)
    yield
    tagged.said("suppress")
    other.said("leave")
    part.there.box.tag_resource(tagged.subject[3], {"env": "prod"})
    part.there.box.tag_resource(other.subject[3], {"env": "test"})
    yield
    other.said("surplus", waiver.id)
    assert other.status == "NEW"
    if part.there.living.checks.quirks.suppressed_updates is not SuppressedUpdates.STOP:
        tagged.said("release", f"{waiver.id} does not cover it any more")
        assert tagged.status == "NEW"


# --- findings of many kinds ------------------------------------------------------------------------------------------


@case
def where_a_subject_has_two_findings_both_are_written(part: Part) -> Play:
    """In that target consolidated findings are off, and two standards have the control."""
    site = part.bucket("a", place=(DATA, LINKED))
    waiver = part.waive("a", site)
    yield
    site.said("suppress", waiver.id)
    found = part.there.shown(site.subject)
    assert [(one.workflow, one.waiver) for one in found] == [("SUPPRESSED", waiver.id)] * 2
    part.there.box.person(found[0].id, status="NEW")
    yield
    site.said("suppress")
    assert [one.workflow for one in part.there.shown(site.subject)] == ["SUPPRESSED"] * 2
    revoke(part, waiver.id)
    yield
    assert [one.workflow for one in part.there.shown(site.subject)] == ["NEW"] * 2


@case
def a_finding_of_two_resources_is_suppressed_only_while_both_are_covered(part: Part) -> Play:
    resources = [f"arn:aws:s3:::{part.name()}{one}" for one in ("a", "b")]
    two_resources(part.there, (WEB, LINKED), "S3.8", *resources)
    first, second = (Thing(part, (WEB, LINKED, "s3.8", one)) for one in resources)
    part.waive("a", first)
    yield
    first.said("leave", "its finding speaks of another resource too, which no waiver covers")
    second.said("leave")
    first.is_untouched()
    part.waive("b", second)
    yield
    first.said("suppress", part.waiver("a"))
    assert first.status == "SUPPRESSED"
    revoke(part, part.waiver("b"))
    yield
    assert first.status == "NEW", "it would hide what nobody excused"
    assert part.done is not None
    assert not part.done.written.failed


@case
def what_was_switched_off_meanwhile_is_left_as_it_is(part: Part) -> Play:
    site = part.bucket("a", "S3.2", place=(WEB, LINKED))
    part.waive("a", site, controls=("S3.2",))
    yield
    site.said("suppress")
    part.there.switch("S3.2", (WEB, LINKED), on=False)
    hidden = part.there.shown(site.subject)
    revoke(part, part.waiver("a"))
    yield
    site.said("leave", "the control is off there")
    assert part.there.shown(site.subject) == hidden
    part.there.switch("S3.2", (WEB, LINKED), on=True)
    yield
    yield
    yield
    if part.there.shown(site.subject):
        assert site.status == "NEW", "the waiver is over, and the control is on again"


@case
def what_carries_our_mark_and_is_not_in_the_ledger_is_adopted_or_reported(part: Part) -> Play:
    covered, bare = part.bucket("a"), part.bucket("b")
    waiver = part.waive("a", covered, bare)
    yield
    part.there.forget([covered.shown.key, bare.shown.key])
    part.there.write(replace(waiver, criteria=replace(waiver.criteria, resources=(covered.subject[3],))))
    part.there.to_approve[waiver.id] = "lee@example.com"
    yield
    covered.said("adopt", "it carries our mark, and the ledger does not know it", waiver.id)
    bare.said("unapproved", "it carries our mark, and the ledger does not know it")
    assert (covered.status, bare.status) == ("SUPPRESSED", "SUPPRESSED")
