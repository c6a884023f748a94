/** The sample APIs that `npm start` brings up where nobody has given it keys for the real ones. */
import { startCrmServer } from './crm/server';
import type { SampleServer } from './server';
import { startWeatherServer } from './weather/server';

export interface SampleApis {
  /** the real services' origins, and the servers in their place: the value of STEPWELL_ORIGINS, as an object */
  readonly origins: Readonly<Record<string, string>>;
  /** by name (`stepwell/<name>` in Secrets Manager): logins that the servers know */
  readonly secrets: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly servers: readonly SampleServer[];
  close(): Promise<void>;
}

export const OPENWEATHER_ORIGIN = 'https://api.openweathermap.org';
export const CRM_ORIGIN = 'https://crm.example.com';

/** `openWeatherKey`: there is one, so the real service answers. */
export async function startSampleApis({
  openWeatherKey,
}: {
  readonly openWeatherKey?: string | undefined;
} = {}): Promise<SampleApis> {
  const weatherKey = 'sample-weather-key';
  const logins = {
    bearerToken: 'sample-crm-token',
    apiKey: 'sample-crm-key',
    username: 'sample',
    password: 'sample-crm-password',
    clientId: 'sample-client',
    clientSecret: 'sample-client-secret',
  };
  const crm = await startCrmServer(logins);
  // Sixty cities an hour are within the real limit; a first look at past days is not to wait for minutes.
  const weather =
    openWeatherKey === undefined ? await startWeatherServer({ apiKey: weatherKey, requestsPerMinute: 600 }) : undefined;
  const servers = weather ? [weather, crm] : [crm];
  return {
    origins: { ...(weather ? { [OPENWEATHER_ORIGIN]: weather.url } : {}), [CRM_ORIGIN]: crm.url },
    secrets: {
      openweather: { apiKey: openWeatherKey ?? weatherKey },
      crm: { ...logins, token: logins.bearerToken },
    },
    servers,
    close: async () => {
      await Promise.all(servers.map((server) => server.close()));
    },
  };
}
