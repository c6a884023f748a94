/** How a client reaches the local cloud: an address and credentials that mean "the user". */
export const localClientOptions = (endpoint: string) => ({
  endpoint,
  region: 'us-east-1',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
});
