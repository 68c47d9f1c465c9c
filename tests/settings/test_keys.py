from hubposture.settings.keys import setting_rows


def test_every_setting_is_documented_with_its_type_default_and_meaning() -> None:
    rows = {row.key: row for row in setting_rows()}
    assert all(row.meaning.endswith(".") or row.meaning.endswith(")") for row in rows.values()), rows
    assert rows["controls.settling_days"].default == "14"
    assert rows["controls.approval_from"].type == "LOW | MEDIUM | HIGH | CRITICAL"
    assert rows["organizations.NAME.administrator"].default == ""
    assert rows["organizations.NAME.management_account"].default == "none"
    assert rows["organizations.NAME.expected_unreadable[].review_by"].type == "date"
    assert rows["organizations.NAME.regions"].type == "list of Region"
    assert rows["ledger.url"].type == "database URL or secret reference"


def test_keys_come_in_the_order_of_the_file_and_once() -> None:
    keys = [row.key for row in setting_rows()]
    assert keys[0] == "instance"
    assert len(keys) == len(set(keys))
