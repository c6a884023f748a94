/** What consume takes of a stream is what extraction takes of the staged file, record by record. */
import { RecordJudge } from '../../../lambdas/shared/stream/judge-record';
import { decode } from '../../../lambdas/shared/stream/wire';
import type { ContractColumn } from '../../../lib/tasks/common';
import { randomOf } from '../../e2e/order-files';
import { extract } from '../extract-files/extract';
import { column, type Staging, startStaging } from '../staging';

let staging: Staging;
beforeAll(async () => {
  staging = await startStaging();
});
afterAll(() => staging.close());

const COLUMNS: ContractColumn[] = [
  column('user_id', { type: 'text', length: 8 }, { key: true, nullable: false, from: 'login.uuid' }),
  column('amount', { type: 'decimal', precision: 8, scale: 2 }),
  column('big', 'bigint'),
  column('share', 'double'),
  column('active', 'boolean'),
  column('born', 'date', { from: 'dob.date' }),
  column('registered_at', 'timestamp', { from: 'registered.at' }),
  column('second_tag', 'text', { from: 'tags[1]' }),
  column('extra', 'json'),
  column('shard', 'text', { from: '_shard' }),
];
const PLACE = { shard: 'shardId-000000000000', arrivedAt: Date.parse('2026-11-01T10:00:00.123Z') };
const late = { by: 'registered_at', allowSeconds: 3600 };

async function judge(records: readonly (string | Buffer)[]) {
  const judged = new RecordJudge({
    stream: 'users',
    source: 'orders',
    columns: COLUMNS,
    onDrift: { newColumns: 'ignore', missingColumns: 'ignore', changedTypes: 'quarantine' },
    late,
  });
  const decoded = await decode(
    records.map((one) => Buffer.from(one as string)),
    async () => undefined,
  );
  return decoded.map((one, index) => judged.judge(one, { ...PLACE, sequence: String(100 + index) }));
}

const extractLines = (lines: readonly string[]) =>
  extract(staging, lines.join('\n'), {
    columns: COLUMNS,
    format: { kind: 'ndjson' },
    onDrift: { newColumns: 'ignore', missingColumns: 'ignore', changedTypes: 'quarantine' },
    isStream: true,
  });

test('a bad record is rejected with its shard and its sequence number, as it came, by the reason that consume had', async () => {
  const records = [
    '{"login":{"uuid":"a"},"amount":1.50}',
    'no json',
    '{"login":{"uuid":"b"},"registered":{"at":"2026-11-01T08:59:59Z"}}',
    '[1]',
    '{"login":{"uuid":"much too long"}}',
    '{"login":{"uuid":"c"},"_shard":"mine"}',
    Buffer.from([0xff, 0xfe]),
    '{"login":{"uuid":"d","uuid":"e"}}',
    '{}',
  ];
  const judged = await judge(records);
  const { rows, rejects } = await extractLines(judged.map(({ line }) => line));
  expect(rows).toMatchObject([{ user_id: 'a', shard: PLACE.shard }]);
  expect(rejects.map(({ sequence, shard, reason, raw, line }) => ({ sequence, shard, reason, raw, line }))).toEqual(
    judged.flatMap((one, index) =>
      'reason' in one
        ? [
            {
              sequence: String(100 + index),
              shard: PLACE.shard,
              reason: one.reason,
              raw: index === 6 ? '//4=' : String(records[index]),
              line: index + 1,
            },
          ]
        : [],
    ),
  );
  expect(judged.map((one) => ('isLate' in one ? one.reason : null)).filter(Boolean)).toEqual([
    'the record is late: registered_at is 2026-11-01 08:59:59, it was received 2026-11-01T10:00:00.123Z, and 3600 s are allowed',
  ]);
});

const VALUES = [
  'null',
  '""',
  '"a"',
  '"\\u0000"',
  '"\\ud800"',
  '"12345678"',
  '"123456789"',
  '0',
  '-0',
  '1.5',
  '1.505',
  '1e3',
  '12345678901234567890',
  '999999.99',
  '1000000',
  'true',
  '"yes"',
  '"2026-11-01"',
  '"2026-11-01T09:30:00.1234567+02:00"',
  '"0000-00-00"',
  '"31.12.2026"',
  '{"a":[1,{"b":"}"}]}',
  '[]',
  '["x","y"]',
  '{}',
  '0.1000000000000000055',
  '1e400',
  '"🦉"',
  '"line\\nbreak"',
] as const; // prettier-ignore

test('whatever members a record has, both take the same ones, and have the same values', async () => {
  const random = randomOf(11);
  const any = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)]!;
  const names = [
    'login',
    'amount',
    'big',
    'share',
    'active',
    'dob',
    'registered',
    'tags',
    'extra',
    'unknown',
    'login.uuid',
    'Amount',
    '_received',
  ];
  const fitting: Record<string, readonly string[]> = {
    login: ['"a"', '"b🦉"', '12345678'],
    amount: ['1.5', '"-0"', '"+01.10"', '999999.99', 'null'],
    big: ['0', '-0', '"9223372036854775807"', '12.0'],
    share: ['0.1000000000000000055', '1e3', '-0', '"7."', '1e21', '123456789012345678'],
    active: ['true', '"no"', '0'],
    dob: ['"2026-11-01"', '"1999/1/2"'],
    registered: ['"2026-11-01T09:30:00.1234567+02:00"', '"2026-11-01 10:00"', '"2026-11-01T12:00:00Z"'],
  };
  const value = (name: string) => (random() < 0.85 ? any(fitting[name] ?? VALUES) : any(VALUES));
  const nested: Record<string, () => string> = {
    login: () => `{"uuid":${value('login')},"md5": "x"}`,
    dob: () => `{ "date" : ${value('dob')} }`,
    registered: () => `{"age":3,"at":${value('registered')}}`,
    tags: () => `[${any(VALUES)} , ${any(VALUES)}]`,
  };
  const records = Array.from({ length: 2_000 }, () => {
    const members = names
      .filter(
        (name) => random() < (name === 'login' ? 0.98 : name === '_received' || name === 'login.uuid' ? 0.02 : 0.4),
      )
      .map((name) => `"${name}":${nested[name] && random() < 0.95 ? nested[name]() : value(name)}`);
    return `{${members.join(random() < 0.5 ? ',' : ' ,\r\n ')}}`;
  });
  const judged = await judge(records);
  const good = judged.flatMap((one) => ('row' in one ? [one] : []));
  expect(good.length).toBeGreaterThan(300);
  const { manifest, rejects } = await extractLines(judged.map(({ line }) => line));
  expect(rejects.map(({ sequence, reason }) => ({ sequence, reason }))).toEqual(
    judged.flatMap((one, index) => ('reason' in one ? [{ sequence: String(100 + index), reason: one.reason }] : [])),
  );
  // As load-dynamodb asks for them.
  const texts = COLUMNS.map(({ name, type }) =>
    type.type === 'timestamp'
      ? `strftime(${name}, '%Y-%m-%dT%H:%M:%S.%fZ') AS ${name}`
      : `CAST(${name} AS VARCHAR) AS ${name}`,
  );
  const rows = await staging.rows(manifest.datasets.orders!.parts, undefined, texts.join(', '));
  const asNumber = (row: Record<string, unknown>) => ({
    ...row,
    share: row.share === null ? null : Number(row.share) + 0,
  });
  expect(good.map(({ row }) => asNumber(row))).toEqual(rows.map(asNumber));
});
