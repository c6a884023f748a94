import fc from 'fast-check';
import { createRdsDataService, type RdsDataService } from '../../../lib/local/services/rds-data';
import { codePoint } from '../../fixtures/any-text';
import { startWarehouse, type Warehouse } from './redshift-harness';

let warehouse: Warehouse;
let aurora: RdsDataService;
beforeAll(async () => {
  warehouse = await startWarehouse();
  aurora = createRdsDataService({ postgres: warehouse.cloud.postgres });
  await aurora.start!(warehouse.cloud.context);
  await aurora.registerCluster({
    clusterIdentifier: 'any',
    databaseName: 'any',
    masterUser: 'master',
    masterPassword: 'm',
  });
  warehouse.cloud.secrets.set('master', JSON.stringify({ username: 'master', password: 'm' }));
});
afterAll(async () => {
  await aurora.stop!();
  await warehouse.close();
});

const sql = fc.oneof(
  fc.string({ unit: codePoint, minLength: 1, maxLength: 60 }),
  fc.string({ unit: codePoint, maxLength: 40 }).map((text) => `SELECT '${text}'`),
  fc.constantFrom(
    'SELECT \0',
    "SELECT '\0'",
    'SELECT "\ud800"',
    '\0',
    'SELECT 1 /* \0 */',
    "SELECT E'\\xff'",
    'SELECT :p',
  ),
);

test('whatever is sent as SQL to Redshift ends, and the next statement runs', async () => {
  await fc.assert(
    fc.asyncProperty(sql, async (text) => {
      await warehouse
        .run(text)
        .catch((error: Error) => expect(error.message).toMatch(/^(FAILED ERROR: |SQL must not be empty)/));
      expect(await warehouse.run('SELECT 1')).toEqual([[1]]);
    }),
    { numRuns: 25 },
  );
});

test('whatever is sent as SQL to Aurora is answered, and the next statement runs', async () => {
  const run = (text: string) =>
    warehouse.cloud.invoke<{ records?: unknown[] }>(aurora, 'ExecuteStatement', {
      resourceArn: 'arn:aws:rds:us-east-1:000000000000:cluster:any',
      secretArn: 'master',
      sql: text,
    });
  await fc.assert(
    fc.asyncProperty(sql, async (text) => {
      await run(text).catch((error: Error) => expect(error.name).toMatch(/Exception$/));
      expect((await run('SELECT 1')).records).toEqual([[{ longValue: 1 }]]);
    }),
    { numRuns: 60 },
  );
});
