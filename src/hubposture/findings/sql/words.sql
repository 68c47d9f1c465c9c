-- What the other statements have in common: ranks of words (greater is worse, or first), and what an archived row says.

CREATE OR REPLACE TEMP MACRO fold_compliance(word) AS
    CASE word WHEN 'FAILED' THEN 4 WHEN 'WARNING' THEN 3 WHEN 'NOT_AVAILABLE' THEN 2 WHEN 'PASSED' THEN 1 ELSE 0 END;

CREATE OR REPLACE TEMP MACRO fold_compliance_of(rank) AS
    CASE rank WHEN 4 THEN 'FAILED' WHEN 3 THEN 'WARNING' WHEN 2 THEN 'NOT_AVAILABLE' WHEN 1 THEN 'PASSED' ELSE '' END;

CREATE OR REPLACE TEMP MACRO fold_severity(word) AS
    CASE word WHEN 'CRITICAL' THEN 4 WHEN 'HIGH' THEN 3 WHEN 'MEDIUM' THEN 2 WHEN 'LOW' THEN 1 ELSE 0 END;

CREATE OR REPLACE TEMP MACRO fold_severity_of(rank) AS
    CASE rank WHEN 4 THEN 'CRITICAL' WHEN 3 THEN 'HIGH' WHEN 2 THEN 'MEDIUM' WHEN 1 THEN 'LOW' ELSE 'INFORMATIONAL' END;

CREATE OR REPLACE TEMP MACRO fold_workflow(word) AS
    CASE word WHEN 'NEW' THEN 4 WHEN 'NOTIFIED' THEN 3 WHEN 'SUPPRESSED' THEN 2 WHEN 'RESOLVED' THEN 1 ELSE 0 END;

CREATE OR REPLACE TEMP MACRO fold_workflow_of(rank) AS
    CASE rank WHEN 4 THEN 'NEW' WHEN 3 THEN 'NOTIFIED' WHEN 2 THEN 'SUPPRESSED' WHEN 1 THEN 'RESOLVED' ELSE '' END;

-- A provider's clock that is ahead of ours says nothing: then it was updated when we saw it.
CREATE OR REPLACE TEMP MACRO fold_clock(updated_at, observed_at, moment) AS
    CASE WHEN updated_at > moment THEN least(observed_at, moment) ELSE updated_at END;

-- NULL sorts before every time, in the same way everywhere.
CREATE OR REPLACE TEMP MACRO fold_time(moment) AS coalesce(moment, TIMESTAMP '0001-01-01 00:00:00');

CREATE OR REPLACE TEMP MACRO fold_is_switch(record_state, archived_because) AS
    record_state = 'ARCHIVED' AND contains(archived_because, 'CONSOLIDATED');

-- NOT_AVAILABLE with any other reason is a check that could not be made: no proof that the resource is gone.
CREATE OR REPLACE TEMP MACRO fold_is_broken(compliance, reason) AS
    compliance = 'NOT_AVAILABLE' AND reason NOT IN ('', 'CONFIG_RETURNS_NOT_APPLICABLE');

CREATE OR REPLACE TEMP MACRO fold_is_deleted(record_state, compliance, reason, archived_because) AS
    record_state = 'ARCHIVED' AND NOT contains(archived_because, 'CONSOLIDATED') AND (
        (compliance = 'NOT_AVAILABLE' AND reason IN ('', 'CONFIG_RETURNS_NOT_APPLICABLE'))
        OR contains(archived_because, 'DELETED') OR contains(archived_because, 'NOT_APPLICABLE')
    );
