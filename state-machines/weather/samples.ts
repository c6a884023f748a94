/** Stands in for OpenWeather where nobody has a key: NOAA's observations in its format. */
import { startSampleApis } from '../../lib/samples/apis';

export async function startServices(): Promise<{ secrets: Record<string, unknown>; close(): Promise<void> }> {
  const apis = await startSampleApis();
  process.env.STEPWELL_ORIGINS = JSON.stringify(apis.origins);
  return { secrets: { openweather: apis.secrets.openweather }, close: () => apis.close() };
}
