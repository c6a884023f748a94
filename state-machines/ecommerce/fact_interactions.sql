-- One row a conversation with a customer.
SELECT
  i.interaction_id,
  i.external_ref,
  i.customer_id,
  c.tier AS customer_tier,
  i.channel,
  trim(i.subject) AS subject,
  i.sentiment,
  i.duration_seconds,
  i.agent_name,
  i.tags,
  i.occurred_at,
  CAST(i.occurred_at AS DATE) AS occurred_on,
  i.updated_at
FROM interactions i
LEFT JOIN dim_customer c ON c.customer_id = i.customer_id
