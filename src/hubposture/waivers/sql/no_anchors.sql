-- Where patterns have few resources to be tried on.

CREATE TEMP TABLE match_anchors (pattern INTEGER, piece VARCHAR, cost BIGINT);
