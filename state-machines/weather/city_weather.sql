-- One row a city and hour, in the units that were asked for: °C, %, hPa, m/s, mm. What no instrument shows is no observation.
-- OpenWeather leaves rain out where none falls.
SELECT
  city_id,
  city,
  country,
  region,
  {{interval.start}} AS hour,
  CAST({{interval.start}} AS DATE) AS observed_on,
  make_timestamp(observed_at * 1000000) AS observed_at,
  CASE WHEN temperature BETWEEN -90 AND 60 THEN CAST(temperature AS DECIMAL(5, 2)) END AS temperature,
  CASE WHEN humidity BETWEEN 0 AND 100 THEN humidity END AS humidity,
  CASE WHEN pressure BETWEEN 850 AND 1100 THEN pressure END AS pressure,
  CASE WHEN wind_speed BETWEEN 0 AND 120 THEN CAST(wind_speed AS DECIMAL(5, 2)) END AS wind_speed,
  CAST(coalesce(rain_mm, 0) AS DECIMAL(6, 2)) AS rain_mm,
  condition
FROM observations
