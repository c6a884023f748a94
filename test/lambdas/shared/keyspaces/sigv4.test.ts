import { type Credentials, signedAnswer, sigV4Auth } from '../../../../lambdas/shared/keyspaces/sigv4';

/** The example that AWS's plugin for the driver documents. */
const NONCE = '91703fdc2ef562e19fbdab0f58e42fe5';
const DATE = new Date(1591742511000);
const CREDENTIALS: Credentials = { accessKeyId: 'UserID-1', secretAccessKey: 'UserSecretKey-1' };
const SIGNED =
  'signature=7f3691c18a81b8ce7457699effbfae5b09b4e0714ab38c1292dbdf082c9ddd87,access_key=UserID-1,amzdate=2020-06-09T22:41:51.000Z';

const login = (credentials: () => Credentials) =>
  sigV4Auth({ region: 'us-west-2', credentials, now: () => DATE }).newAuthenticator('host:9142', 'any');

const answered = (ask: (callback: (error: Error | null, answer?: Buffer) => void) => void) =>
  new Promise<string>((resolve, reject) => {
    ask((error, answer) => (error ? reject(error) : resolve(answer!.toString())));
  });

test('the documented example has the documented signature', () => {
  expect(signedAnswer(NONCE, CREDENTIALS, { region: 'us-west-2', date: DATE })).toBe(SIGNED);
});

test('a role has a session token, which is sent along', () => {
  const answer = signedAnswer(NONCE, { ...CREDENTIALS, sessionToken: 'a/b+c=' }, { region: 'us-west-2', date: DATE });
  expect(answer).toBe(`${SIGNED},session_token=a/b+c=`);
});

test('the mechanism comes first, then the answer to the nonce, with the credentials of that moment', async () => {
  let credentials: Credentials = { accessKeyId: 'old', secretAccessKey: 'old' };
  const authenticator = login(() => credentials);
  expect(await answered((callback) => authenticator.initialResponse(callback))).toBe('SigV4\0\0');
  credentials = CREDENTIALS;
  const challenge = Buffer.from(`nonce=${NONCE},other=1`);
  expect(await answered((callback) => authenticator.evaluateChallenge(challenge, callback))).toBe(SIGNED);
});

test('a server that sends no nonce is none of Keyspaces, and credentials that are missing are said to be', async () => {
  const evaluate = (challenge: string, credentials: () => Credentials) =>
    answered((callback) => login(credentials).evaluateChallenge(Buffer.from(challenge), callback));
  await expect(evaluate('what', () => CREDENTIALS)).rejects.toThrow('Keyspaces sent no nonce to sign.');
  const missing = () => {
    throw new Error('AWS_ACCESS_KEY_ID is not set');
  };
  await expect(evaluate(`nonce=${NONCE}`, missing)).rejects.toThrow('AWS_ACCESS_KEY_ID is not set');
});
