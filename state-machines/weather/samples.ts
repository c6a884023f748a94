/** Stands in for OpenWeather where nobody has a key: NOAA's observations in its format. */
import { OPENWEATHER_ORIGIN, startWeatherServer } from '../../lib/samples/weather/server';

const API_KEY = 'sample-weather-key';

export async function startServices() {
  const server = await startWeatherServer({ apiKey: API_KEY, requestsPerMinute: 600 });
  return {
    secrets: { openweather: { apiKey: API_KEY } },
    origins: { [OPENWEATHER_ORIGIN]: server.url },
    close: () => server.close(),
  };
}
