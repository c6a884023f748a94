SELECT
  region,
  hour,
  CAST(count(temperature) AS INTEGER) AS cities,
  CAST(avg(temperature) AS DECIMAL(5, 2)) AS temperature,
  min(temperature) AS coldest,
  max(temperature) AS warmest,
  CAST(avg(wind_speed) AS DECIMAL(5, 2)) AS wind_speed,
  CAST(sum(rain_mm) AS DECIMAL(8, 2)) AS rain_mm
FROM city_weather
GROUP BY region, hour
