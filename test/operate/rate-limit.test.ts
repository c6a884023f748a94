import { limitsOf, rateLimiter } from '../../lib/operate/rate-limit';

test('after a rest some calls begin at once, then they are evenly spaced', async () => {
  const began: number[] = [];
  const time = { now: () => 1_000_000, sleep: async (ms: number) => void began.push(ms) };
  const limit = rateLimiter(2, time, 3);

  for (let call = 0; call < 5; call++) await limit(async () => {});

  expect(began).toEqual([500, 1000]);
});

test('all that is asked of an account and region shares its limits; the local cloud has none', () => {
  const account = (region: string) => ({
    target: { kind: 'account', account: '111122223333', region, caller: 'me', client: {} } as const,
  });
  const local = { target: { kind: 'local', endpoint: 'http://127.0.0.1:1', stateDir: '' } as const };

  expect(limitsOf(account('eu-central-1'))).toBe(limitsOf(account('eu-central-1')));
  expect(limitsOf(account('eu-central-1'))).not.toBe(limitsOf(account('us-east-1')));
  expect(limitsOf(local).list).toBe(limitsOf(local).logs);
});
