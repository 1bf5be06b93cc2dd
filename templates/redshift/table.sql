-- Make this first: COPY does not make tables. The user of the secret needs INSERT on it.
CREATE TABLE page_views (
  viewed_at timestamptz NOT NULL,
  visitor varchar(64) NOT NULL,
  page varchar(2048) NOT NULL,
  referrer varchar(2048),
  ms integer
)
DISTKEY (visitor)
SORTKEY (viewed_at);
