import hashlib
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubposture.model.controls import ControlId
from hubposture.waivers.digest import canonical, digest
from hubposture.waivers.subject_file import to_text
from hubposture.waivers.waiver import Criteria, Effect, Revocation, Waiver, WaiverType
from waivers.files_world import SUBJECTS, approval, day, waiver

TEXT = to_text(SUBJECTS)


def test_what_is_bound_is_json_with_sorted_keys_and_no_blanks() -> None:
    subjects = hashlib.sha256(TEXT.encode()).hexdigest()
    expected = (
        '{"accounts":["012345678901","111122223333"],"controls":["s3.2","s3.8"],"covers_new":0,"effect":"suppress",'
        '"id":"W-2026-014","ous":[],"regions":[],"resources":["arn:aws:s3:::acme-public-site-*"],'
        f'"subjects":"{subjects}","tags":[],"until":"2027-05-01","valid_from":"2026-11-02"}}'
    )
    assert canonical(waiver(), day("2027-05-01"), TEXT) == expected
    assert json.dumps(json.loads(expected), sort_keys=True, separators=(",", ":")) == expected
    assert digest(waiver(), day("2027-05-01"), TEXT) == f"sha256:{hashlib.sha256(expected.encode()).hexdigest()}"


def test_a_digest_is_the_same_for_ever() -> None:
    assert digest(waiver(), day("2027-05-01"), TEXT) == (
        "sha256:037c86281e994ff44f33a96329f0f67c44e12f335a3cfda86519c33dbd301761"
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"reason": "Another"},
        {"owner": "team-x"},
        {"risk_owner": "x"},
        {"compensating": "WAF"},
        {"type": WaiverType.FALSE_POSITIVE},
        {"expires": day("2028-01-01")},
        {"approvals": (approval(waiver()),)},
        {"revoked": Revocation(day("2027-01-01"), "lee", "gone")},
        {"file": "waivers.yaml", "source": "waivers.yaml:1:3"},
    ],
)
def test_what_may_be_corrected_without_asking_anew_is_not_bound(changes: dict[str, object]) -> None:
    assert digest(waiver(**changes), day("2027-05-01"), TEXT) == digest(waiver(), day("2027-05-01"), TEXT)


@pytest.mark.parametrize(
    "changed",
    [
        waiver(id="W-2026-015"),
        waiver(valid_from=day("2026-11-03")),
        waiver(covers_new=1),
        waiver(effect=Effect.VISIBLE),
        *(
            waiver(criteria=criteria)
            for criteria in (
                replace(waiver().criteria, controls=(ControlId("s3.8"),)),
                replace(waiver().criteria, resources=("arn:*", "arn:aws:s3:::acme-public-site-*")),
                replace(waiver().criteria, accounts=()),
                replace(waiver().criteria, ous=("/a",)),
                replace(waiver().criteria, regions=("us-east-1",)),
                replace(waiver().criteria, tags=(("a", "*"),)),
            )
        ),
    ],
)
def test_every_other_edit_changes_the_digest(changed: Waiver) -> None:
    until = day("2027-05-01")
    assert digest(changed, until, TEXT) != digest(waiver(), until, TEXT)
    assert digest(waiver(), day("2027-05-02"), TEXT) != digest(waiver(), until, TEXT)
    assert digest(waiver(), until, TEXT + "x") != digest(waiver(), until, TEXT)


NAMES = st.lists(st.text(max_size=4), max_size=3, unique=True)


@given(NAMES, NAMES, st.randoms(use_true_random=False))
def test_the_order_of_a_list_is_not_bound_but_in_which_list_something_stands_is(
    resources: list[str], ous: list[str], random: object
) -> None:
    def made(resources: list[str], ous: list[str]) -> str:
        criteria = Criteria((ControlId("s3.8"),), resources=tuple(resources), ous=tuple(ous))
        return digest(waiver(criteria=criteria), day("2027-05-01"), "")

    mixed = list(resources)
    random.shuffle(mixed)  # type: ignore[attr-defined]  # a random.Random
    assert made(mixed, ous) == made(resources, ous)
    assert (made(ous, resources) == made(resources, ous)) == (sorted(ous) == sorted(resources))
