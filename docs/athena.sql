-- Written by tools/portable.py; changes here are lost. Never run by us: see lake.md.
-- s3://acme-lake/lists is where the lists of files were copied to.

CREATE EXTERNAL TABLE `findings` (
  `finding` string,
  `subject` string,
  `kind` string,
  `product` string,
  `id` string,
  `account` string,
  `region` string,
  `control` string,
  `resource` string,
  `resource_type` string,
  `standard` string,
  `title` string,
  `compliance` string,
  `reason` string,
  `severity` string,
  `record_state` string,
  `archived_because` string,
  `created_at` timestamp,
  `updated_at` timestamp,
  `first_observed_at` timestamp,
  `last_observed_at` timestamp,
  `workflow` string,
  `note` string,
  `note_by` string,
  `note_at` timestamp,
  `user_fields` string,
  `observed_at` timestamp,
  `tagset` string,
  `misses` bigint
)
ROW FORMAT SERDE 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe'
STORED AS INPUTFORMAT 'org.apache.hadoop.hive.ql.io.SymlinkTextInputFormat'
OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat'
LOCATION 's3://acme-lake/lists/findings/';

CREATE EXTERNAL TABLE `subjects` (
  `subject` string,
  `kind` string,
  `account` string,
  `region` string,
  `control` string,
  `resource` string,
  `resource_type` string,
  `product` string,
  `title` string,
  `presence` string,
  `status` string,
  `aws_status` string,
  `severity` string,
  `workflow` string,
  `suppressed` boolean,
  `first_seen_at` timestamp,
  `first_failed_at` timestamp,
  `failing_since` timestamp,
  `last_passed_at` timestamp,
  `returns` bigint,
  `changed_at` timestamp,
  `findings` bigint,
  `finding` string,
  `tagset` string
)
ROW FORMAT SERDE 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe'
STORED AS INPUTFORMAT 'org.apache.hadoop.hive.ql.io.SymlinkTextInputFormat'
OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat'
LOCATION 's3://acme-lake/lists/subjects/';

CREATE EXTERNAL TABLE `transitions` (
  `subject` string,
  `version` bigint,
  `at` timestamp,
  `happened_at` timestamp,
  `cause` string,
  `kind` string,
  `account` string,
  `region` string,
  `control` string,
  `resource` string,
  `from_presence` string,
  `from_status` string,
  `from_aws_status` string,
  `from_suppressed` boolean,
  `to_presence` string,
  `to_status` string,
  `to_aws_status` string,
  `to_suppressed` boolean,
  `failing_since` timestamp
)
ROW FORMAT SERDE 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe'
STORED AS INPUTFORMAT 'org.apache.hadoop.hive.ql.io.SymlinkTextInputFormat'
OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat'
LOCATION 's3://acme-lake/lists/transitions/';

CREATE EXTERNAL TABLE `cube` (
  `account` string,
  `region` string,
  `control` string,
  `presence` string,
  `status` string,
  `aws_status` string,
  `suppressed` boolean,
  `waived` boolean,
  `visible` boolean,
  `failing_day` timestamp,
  `n` bigint
)
ROW FORMAT SERDE 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe'
STORED AS INPUTFORMAT 'org.apache.hadoop.hive.ql.io.SymlinkTextInputFormat'
OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat'
LOCATION 's3://acme-lake/lists/cube/';

CREATE EXTERNAL TABLE `accounts` (
  `account` string,
  `name` string,
  `alias` string,
  `shown` string,
  `state` string,
  `ou` string,
  `ou_path` string,
  `owner` string
)
ROW FORMAT SERDE 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe'
STORED AS INPUTFORMAT 'org.apache.hadoop.hive.ql.io.SymlinkTextInputFormat'
OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat'
LOCATION 's3://acme-lake/lists/accounts/';

CREATE EXTERNAL TABLE `units` (
  `ou_path` string,
  `account` string,
  `ou` string
)
ROW FORMAT SERDE 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe'
STORED AS INPUTFORMAT 'org.apache.hadoop.hive.ql.io.SymlinkTextInputFormat'
OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat'
LOCATION 's3://acme-lake/lists/units/';

CREATE EXTERNAL TABLE `targets` (
  `account` string,
  `region` string,
  `sight` string,
  `because` string,
  `way` string,
  `enablement` string,
  `wishes` string,
  `swept_at` timestamp
)
ROW FORMAT SERDE 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe'
STORED AS INPUTFORMAT 'org.apache.hadoop.hive.ql.io.SymlinkTextInputFormat'
OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat'
LOCATION 's3://acme-lake/lists/targets/';

CREATE EXTERNAL TABLE `enablement` (
  `enablement` string,
  `standard` string,
  `control` string,
  `is_on` boolean,
  `parameters` string
)
ROW FORMAT SERDE 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe'
STORED AS INPUTFORMAT 'org.apache.hadoop.hive.ql.io.SymlinkTextInputFormat'
OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat'
LOCATION 's3://acme-lake/lists/enablement/';

CREATE EXTERNAL TABLE `wishes` (
  `wishes` string,
  `control` string,
  `disposition` string,
  `in_force` boolean,
  `severity` string,
  `due_before` timestamp,
  `owner` string,
  `row` string,
  `waivable` bigint,
  `due_days` bigint
)
ROW FORMAT SERDE 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe'
STORED AS INPUTFORMAT 'org.apache.hadoop.hive.ql.io.SymlinkTextInputFormat'
OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat'
LOCATION 's3://acme-lake/lists/wishes/';

CREATE EXTERNAL TABLE `controls` (
  `control` string,
  `shown` string,
  `title` string,
  `service` string,
  `severity` string,
  `url` string,
  `known_since` timestamp
)
ROW FORMAT SERDE 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe'
STORED AS INPUTFORMAT 'org.apache.hadoop.hive.ql.io.SymlinkTextInputFormat'
OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat'
LOCATION 's3://acme-lake/lists/controls/';

CREATE EXTERNAL TABLE `standards` (
  `standard` string,
  `control` string,
  `requirements` string
)
ROW FORMAT SERDE 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe'
STORED AS INPUTFORMAT 'org.apache.hadoop.hive.ql.io.SymlinkTextInputFormat'
OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat'
LOCATION 's3://acme-lake/lists/standards/';

CREATE EXTERNAL TABLE `decisions` (
  `subject` string,
  `waiver` string,
  `until` timestamp,
  `effect` string
)
ROW FORMAT SERDE 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe'
STORED AS INPUTFORMAT 'org.apache.hadoop.hive.ql.io.SymlinkTextInputFormat'
OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat'
LOCATION 's3://acme-lake/lists/decisions/';

CREATE EXTERNAL TABLE `waivers` (
  `waiver` string,
  `state` string,
  `type` string,
  `effect` string,
  `controls` string,
  `owner` string,
  `risk_owner` string,
  `requested_by` string,
  `approved_by` string,
  `approval` string,
  `reason` string,
  `valid_from` timestamp,
  `until` timestamp,
  `within` bigint,
  `failing` bigint,
  `surplus` bigint,
  `passing_since` timestamp
)
ROW FORMAT SERDE 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe'
STORED AS INPUTFORMAT 'org.apache.hadoop.hive.ql.io.SymlinkTextInputFormat'
OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat'
LOCATION 's3://acme-lake/lists/waivers/';

CREATE EXTERNAL TABLE `tags` (
  `tagset` string,
  `tag` string,
  `value` string
)
ROW FORMAT SERDE 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe'
STORED AS INPUTFORMAT 'org.apache.hadoop.hive.ql.io.SymlinkTextInputFormat'
OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat'
LOCATION 's3://acme-lake/lists/tags/';

CREATE EXTERNAL TABLE `rollup` (
  `dimension` string,
  `key` string,
  `standard` string,
  `shown` string,
  `met` bigint,
  `failing` bigint,
  `waived` bigint,
  `visible` bigint,
  `suppressed` bigint,
  `overdue` bigint,
  `overdue_critical` bigint,
  `overdue_high` bigint,
  `overdue_medium` bigint,
  `overdue_low` bigint,
  `not_measured` bigint,
  `missing` bigint,
  `lost` bigint,
  `any_met` bigint,
  `any_total` bigint,
  `accounts_all_met` bigint,
  `accounts` bigint,
  `why` string,
  `aws_passed` bigint,
  `aws_failed` bigint,
  `aws_unknown` bigint,
  `aws_no_data` bigint,
  `aws_disabled` bigint
)
ROW FORMAT SERDE 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe'
STORED AS INPUTFORMAT 'org.apache.hadoop.hive.ql.io.SymlinkTextInputFormat'
OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat'
LOCATION 's3://acme-lake/lists/rollup/';
