"""Who is signed in, who is about to, and tokens."""

from datetime import timedelta

from hubposture.access.sessions import Session, Token
from hubposture.ledger.ledger import SqlLedger
from hubposture.ports.people import PeopleLedger, SignIn
from ledger_world import START, Clock

HOUR = timedelta(hours=1)
NASTY = "größe \0 <script> \ud800"


def session(id_: str = "a" * 64, person: str = "Kim@example.com", *, hours: int = 8) -> Session:
    return Session(id_, person, ("analyst", "größe"), "Firefox", START, START, START + hours * HOUR)


def token(digest: str = "d" * 64, person: str = "kim@example.com", *, made_by: str = "kim@example.com") -> Token:
    return Token("", digest, person, "nightly", ("export", "view"), (), made_by, START, START + 24 * HOUR)


def test_a_session_is_read_back_until_its_time_is_over(ledger: SqlLedger, clock: Clock) -> None:
    port: PeopleLedger = ledger
    port.begin_session(session())
    assert port.session("a" * 64) == session()
    clock.move(8 * HOUR)
    assert port.session("a" * 64) is None
    assert port.sessions() == ()
    assert port.session("b" * 64) is None


def test_a_new_session_takes_the_place_of_the_one_before(ledger: SqlLedger) -> None:
    ledger.begin_session(session())
    ledger.begin_session(session("b" * 64), instead_of="a" * 64)
    assert [one.id for one in ledger.sessions()] == ["b" * 64]


def test_sessions_of_a_person_are_ended_together_however_the_name_is_written(ledger: SqlLedger) -> None:
    for number, person in enumerate(("Kim@example.com", "kim@EXAMPLE.com", "lee@example.com")):
        ledger.begin_session(session(str(number) * 64, person))
    assert len(ledger.sessions("kim@example.com")) == 2
    assert ledger.end_sessions(by="root", person="KIM@example.com", why="left") == 2
    assert ledger.end_sessions(by="root", person="KIM@example.com") == 0
    assert [one.person for one in ledger.sessions()] == ["lee@example.com"]
    last = list(ledger.trail())[-1].entry
    assert (last.who, last.what, last.why) == ("root", "session", "left")


def test_nobody_ends_the_session_of_somebody_else_by_its_id(ledger: SqlLedger) -> None:
    ledger.begin_session(session())
    assert ledger.end_sessions(by="lee", person="lee", id_="a" * 64) == 0
    assert ledger.end_sessions(by="kim", person="kim@example.com", id_="a" * 64) == 1


def test_a_sign_in_counts_once_in_its_own_browser_and_in_time(ledger: SqlLedger, clock: Clock) -> None:
    def begin() -> None:
        ledger.begin_sign_in(SignIn("s" * 64, "b" * 64, "/findings?a=1", clock() + HOUR))

    begin()
    assert ledger.end_sign_in("s" * 64, "c" * 64) is None
    found = ledger.end_sign_in("s" * 64, "b" * 64)
    assert found is not None
    assert found.where == "/findings?a=1"
    assert ledger.end_sign_in("s" * 64, "b" * 64) is None
    begin()
    clock.move(HOUR)
    assert ledger.end_sign_in("s" * 64, "b" * 64) is None


def test_a_token_holds_until_it_ends_or_is_revoked(ledger: SqlLedger, clock: Clock) -> None:
    made = ledger.keep_token(token())
    assert ledger.token("d" * 64) == made
    assert made.holds(clock())
    assert not made.holds(made.ends_at)
    ledger.used_token(made.id, clock() + HOUR)
    assert ledger.revoke_token(made.id, by="lee", person="lee") is None
    gone = ledger.revoke_token(made.id, by="kim@example.com", person="KIM@example.com")
    assert gone is not None
    assert (gone.holds(clock()), gone.revoked_by, gone.used_at) == (False, "kim@example.com", clock() + HOUR)
    assert ledger.revoke_token(made.id, by="root") is None
    assert ledger.token("e" * 64) is None
    said = [(one.entry.who, one.entry.what, one.entry.why) for one in ledger.trail()]
    assert said == [
        ("kim@example.com", f"token {made.id}", "made"),
        ("kim@example.com", f"token {made.id}", "revoked"),
    ]


def test_groups_of_ones_own_tokens_are_those_of_the_last_sign_in(ledger: SqlLedger) -> None:
    mine = ledger.keep_token(token("1" * 64, "Kim@example.com", made_by="Kim@example.com"))
    given = ledger.keep_token(token("2" * 64, "Kim@example.com", made_by="root"))
    ledger.begin_session(session())
    found = {one.id: one.groups for one in ledger.tokens("kim@example.com")}
    assert found == {mine.id: ("analyst", "größe"), given.id: ()}


def test_texts_of_an_enemy_are_kept_as_far_as_databases_can(ledger: SqlLedger) -> None:
    ledger.begin_session(session(person=NASTY))
    ledger.keep_token(token(person=NASTY, made_by=NASTY))
    ledger.begin_sign_in(SignIn("s", "b", NASTY, START + HOUR))
    ledger.refused("sign-in", who=NASTY, why=NASTY)
    assert [one.person for one in ledger.sessions(NASTY)] == ["größe � <script> �"]
    assert [one.person for one in ledger.tokens(NASTY)] == ["größe � <script> �"]
    assert ledger.verify() == ()
