-- Where every pattern has few resources to be tried on.

CREATE TEMP TABLE match_anchors (pattern INTEGER, piece VARCHAR, cost BIGINT);

CREATE TEMP TABLE match_found (pattern INTEGER, text INTEGER);
