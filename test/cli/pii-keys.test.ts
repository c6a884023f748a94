import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { makePiiKey } from '../../lib/cli/pii-keys';
import { createSecretsManagerService } from '../../lib/local/services/secretsmanager';
import { client, startCloud } from '../local/wire/services';

test('the key of a local cloud is made once, and stays, as hashes depend on it', async () => {
  const stateDir = mkdtempSync(join(tmpdir(), 'pii-keys-'));
  const service = createSecretsManagerService();
  const cloud = await startCloud([service], { stateDir });
  await service.start?.(cloud.cloud);
  const secrets = new SecretsManagerClient(client(cloud));
  try {
    const keyNow = async () =>
      (await secrets.send(new GetSecretValueCommand({ SecretId: 'stepwell/shop-pii' }))).SecretString;

    expect(await makePiiKey(secrets, 'shop-pii')).toBe(true);
    const first = await keyNow();
    expect(await makePiiKey(secrets, 'shop-pii')).toBe(false);

    expect(first).toMatch(/^\{"key":"[0-9a-f]{64}"\}$/);
    expect(await keyNow()).toBe(first);
  } finally {
    secrets.destroy();
    await cloud.stop();
    await service.stop?.();
    rmSync(stateDir, { recursive: true, force: true });
  }
});
