/** Versions looked up in the local cloud's registry, through the SDK's client. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateRegistryCommand,
  CreateSchemaCommand,
  GetSchemaVersionCommand,
  GlueClient,
  RegisterSchemaVersionCommand,
} from '@aws-sdk/client-glue';
import { schemaVersions, versionOf } from '../../../lambdas/shared/stream/schema-versions';
import { createGlueService } from '../../../lib/local/services/glue';
import { client, startCloud, type TestCloud } from '../../local/wire/services';

const SCHEMA = { registry: 'stepwell', name: 'users' };
const V1 = { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] };
const INCOMPATIBLE = { ...V1, required: ['id', 'name'] };
const UNKNOWN = '00000000-0000-4000-8000-000000000001';

let stateDir: string;
let cloud: TestCloud;
let registry: GlueClient;
const ids: Record<string, string> = {};
/** versions that were asked for */
let asked: string[];
/** what the registry answers instead */
let failure: Error | undefined;

const glue = {
  send: (command: GetSchemaVersionCommand) => {
    if (command instanceof GetSchemaVersionCommand) asked.push(command.input.SchemaVersionId!);
    return failure ? Promise.reject(failure) : registry.send(command);
  },
} as unknown as GlueClient;

beforeAll(async () => {
  stateDir = mkdtempSync(join(tmpdir(), 'stepwell-schemas-'));
  const service = createGlueService();
  cloud = await startCloud([service], { stateDir });
  await service.start?.(cloud.cloud);
  registry = new GlueClient(client(cloud));
  await registry.send(new CreateRegistryCommand({ RegistryName: 'stepwell' }));
  for (const name of ['users', 'orders']) {
    const { SchemaVersionId } = await registry.send(
      new CreateSchemaCommand({
        RegistryId: { RegistryName: 'stepwell' },
        SchemaName: name,
        DataFormat: 'JSON',
        Compatibility: 'BACKWARD',
        SchemaDefinition: JSON.stringify(V1),
      }),
    );
    ids[name] = SchemaVersionId!;
  }
  const { SchemaVersionId } = await registry.send(
    new RegisterSchemaVersionCommand({
      SchemaId: { RegistryName: 'stepwell', SchemaName: 'users' },
      SchemaDefinition: JSON.stringify(INCOMPATIBLE),
    }),
  );
  ids.incompatible = SchemaVersionId!;
});
afterAll(async () => {
  await cloud.stop();
  rmSync(stateDir, { recursive: true, force: true });
});
beforeEach(() => {
  asked = [];
  failure = undefined;
});

test('A version is looked up once for as long as the function lives', async () => {
  const lookUp = schemaVersions(glue, SCHEMA);

  expect(await Promise.all([lookUp(ids.users!), lookUp(ids.users!)])).toEqual([undefined, undefined]);
  expect(await lookUp(ids.users!)).toBeUndefined();
  expect(asked).toEqual([ids.users]);
});

test('A version that nobody knows is asked for again after a minute', async () => {
  let now = 0;
  const lookUp = schemaVersions(glue, SCHEMA, () => now);
  const reason = await lookUp(UNKNOWN);
  expect(reason).toBe(
    `names schema version ${UNKNOWN}, which the schema registry does not know: it was deleted, or it is of another account or Region`,
  );

  now = 59_000;
  await lookUp(UNKNOWN);
  expect(asked).toHaveLength(1);
  now = 61_000;
  expect(await lookUp(UNKNOWN)).toBe(reason);
  expect(asked).toHaveLength(2);
});

test('A version of another schema, or one that was refused, is no version of the stream', async () => {
  const lookUp = schemaVersions(glue, SCHEMA);

  expect(await lookUp(ids.orders!)).toBe(
    `is of the schema stepwell/orders (schema version ${ids.orders}), and not of stepwell/users: it was put on the wrong stream`,
  );
  expect(await lookUp(ids.incompatible!)).toContain('which the registry refused as incompatible');
});

test('A registry that throttles is asked again by the next batch', async () => {
  const lookUp = schemaVersions(glue, SCHEMA);
  failure = Object.assign(new Error('Rate exceeded'), { name: 'ThrottlingException' });
  await expect(lookUp(ids.users!)).rejects.toThrow('Rate exceeded');

  failure = undefined;
  expect(await lookUp(ids.users!)).toBeUndefined();
});

test('A grant that is missing is said', async () => {
  failure = Object.assign(new Error('User is not authorized'), { name: 'AccessDeniedException' });

  await expect(schemaVersions(glue, SCHEMA)(ids.users!)).rejects.toThrow(
    "The function may not call glue:GetSchemaVersion: deploy the pipeline's stack again.",
  );
});

test('A producer finds the version of the contract that it was deployed with', async () => {
  expect(await versionOf(glue, SCHEMA, JSON.stringify(V1, null, 2))).toBe(ids.users);
});

test.each([
  ['not registered', { type: 'string' }, SCHEMA, 'is not registered'],
  ['refused', INCOMPATIBLE, SCHEMA, 'is FAILURE'],
  ['of a schema that is not there', V1, { registry: 'stepwell', name: 'nobody' }, 'is not registered'],
])('A producer whose contract is %s is told what to deploy', async (_, definition, schema, why) => {
  await expect(versionOf(glue, schema, JSON.stringify(definition))).rejects.toThrow(
    `The contract of the stream '${schema.name}' that this pipeline was deployed with ${why} in the schema registry ` +
      "'stepwell'. Deploy the stack of the pipeline that reads the stream, and redrive the run.",
  );
});
