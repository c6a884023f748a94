/** What the sample CRM of the tests lets in. */
export const CRM = {
  bearerToken: 'a-token',
  apiKey: 'a-key',
  username: 'user',
  password: 'a-password',
  clientId: 'client',
  clientSecret: 'a-client-secret',
};
