import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Connection } from '../../lib/operate/connection';
import { keepConnection } from '../../lib/operate/kept-connection';
import { localConnection } from './browser';

const stateDir = mkdtempSync(path.join(tmpdir(), 'stepwell-kept-'));
afterAll(() => rmSync(stateDir, { recursive: true, force: true }));

const isAt = (endpoint: string) => writeFileSync(path.join(stateDir, 'cloud.json'), JSON.stringify({ endpoint }));

test('a local cloud that is started anew at another address is followed, and one that has gone is remembered', () => {
  let now = 0;
  isAt('http://127.0.0.1:1001');
  const kept = keepConnection(localConnection({ endpoint: 'http://127.0.0.1:1001', stateDir }), {}, () => now);
  const at = () => {
    now += 1000;
    const { target, client } = kept.current();
    return [target.kind === 'local' && target.endpoint, client.endpoint];
  };

  expect(at()).toEqual(['http://127.0.0.1:1001', 'http://127.0.0.1:1001']);

  isAt('http://127.0.0.1:1002');
  expect(at()).toEqual(['http://127.0.0.1:1002', 'http://127.0.0.1:1002']);

  rmSync(path.join(stateDir, 'cloud.json'));
  expect(at()).toEqual(['http://127.0.0.1:1002', 'http://127.0.0.1:1002']);
});

test('where there are no new credentials, the old connection stays', async () => {
  const account: Connection = {
    client: { region: 'eu-central-1' },
    target: { kind: 'account', account: '111122223333', region: 'eu-central-1', caller: 'me', client: {} },
  };
  const kept = keepConnection(account, { profile: 'there-is-no-such-profile' });

  await kept.renew();

  expect(kept.current()).toBe(account);
});
