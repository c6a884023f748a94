-- One row a city: what OpenWeather's stations show now, in the same units and with the same limits as city_weather.
SELECT
  city_id,
  city,
  country,
  region,
  make_timestamp(observed_at * 1000000) AS observed_at,
  CASE WHEN temperature BETWEEN -90 AND 60 THEN CAST(temperature AS DECIMAL(5, 2)) END AS temperature,
  CASE WHEN humidity BETWEEN 0 AND 100 THEN humidity END AS humidity,
  CASE WHEN pressure BETWEEN 850 AND 1100 THEN pressure END AS pressure,
  CASE WHEN wind_speed BETWEEN 0 AND 120 THEN CAST(wind_speed AS DECIMAL(5, 2)) END AS wind_speed,
  CAST(coalesce(rain_mm, 0) AS DECIMAL(6, 2)) AS rain_mm,
  condition
FROM current
