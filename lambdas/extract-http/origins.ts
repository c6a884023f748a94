/**
 * On a laptop without a key for the real service, its sample server takes its place: STEPWELL_ORIGINS is JSON,
 * `{"https://api.openweathermap.org": "http://127.0.0.1:4520"}`. Only the local cloud sets it, beside AWS_ENDPOINT_URL.
 */
export function withOrigin(address: string): string {
  const { AWS_ENDPOINT_URL, STEPWELL_ORIGINS } = process.env;
  if (!AWS_ENDPOINT_URL || !STEPWELL_ORIGINS) return address;
  const { origin } = new URL(address);
  const instead = (JSON.parse(STEPWELL_ORIGINS) as Record<string, string>)[origin];
  return instead === undefined ? address : instead + address.slice(origin.length);
}
