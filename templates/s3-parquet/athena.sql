-- The table of template.yaml, for those who would rather make it in Athena. Put in the name of the bucket.
CREATE EXTERNAL TABLE orders (
  `time` timestamp,
  order_id string,
  customer string,
  amount decimal(12,2),
  items array<struct<sku:string,quantity:int>>,
  gift boolean
)
PARTITIONED BY (day string)
STORED AS PARQUET
LOCATION 's3://BUCKET/orders/'
TBLPROPERTIES (
  'projection.enabled' = 'true',
  'projection.day.type' = 'date',
  'projection.day.format' = 'yyyy-MM-dd',
  'projection.day.range' = '2026-01-01,NOW',
  'storage.location.template' = 's3://BUCKET/orders/day=${day}/'
);

-- The largest customers of a day; only that day's folder is read.
SELECT customer, sum(amount) AS spent
FROM orders
WHERE day = '2026-01-01'
GROUP BY customer
ORDER BY spent DESC
LIMIT 10;
