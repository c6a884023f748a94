/**
 * What is signed for others: presigned addresses, and the forms of `test/contract/s3-forms/`, a file each. With `REMOTE=1` of AWS, with the
 * keys of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.
 */
import { createHmac } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { createIam } from '../../lib/local/iam';
import { createS3Service } from '../../lib/local/services/s3';
import { type Aws, connect, isRemote } from './aws';

interface Form {
  readonly about: string;
  readonly conditions: readonly unknown[];
  readonly fields: Readonly<Record<string, string>>;
  /** `body` unless told, null for none */
  readonly file?: string | null;
  readonly signed?: false;
  /** seconds */
  readonly expiresIn?: number;
  readonly expect: { status: number; code?: string; message?: string; body?: string; location?: string };
  readonly object?: { key: string; body: string; type?: string; metadata?: object };
}

const FOLDER = join(__dirname, 's3-forms');
const FORMS = readdirSync(FOLDER).map((file): [string, Form] => [
  file.replace('.json', ''),
  JSON.parse(readFileSync(join(FOLDER, file), 'utf8')),
]);
const KEYS = isRemote
  ? { id: process.env.AWS_ACCESS_KEY_ID ?? '', secret: process.env.AWS_SECRET_ACCESS_KEY ?? '' }
  : { id: 'test', secret: 'test' };

let aws: Aws;
let s3: S3Client;
let Bucket: string;
let address: string;
beforeAll(async () => {
  const iam = createIam({ account: '000000000000', region: 'us-east-1', now: Date.now });
  aws = await connect((stateDir) => [createS3Service({ stateDir })], iam.authorize);
  s3 = new S3Client({ ...aws.config, forcePathStyle: true });
  Bucket = aws.name('forms');
  const { endpoint = 'https://s3.us-east-1.amazonaws.com' } = aws.config as { endpoint?: string };
  address = `${endpoint}/${Bucket}`;
  await s3.send(new CreateBucketCommand({ Bucket }));
});
afterAll(async () => {
  for (const Key of ['k', 'up/file.txt']) await s3.send(new DeleteObjectCommand({ Bucket, Key }));
  await s3.send(new DeleteBucketCommand({ Bucket }));
  s3.destroy();
  await aws.close();
});

test.each(FORMS)(
  'form: %s',
  async (_, { conditions, fields, file = 'body', signed = true, expiresIn, expect: wanted, object }) => {
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.set(name, value);
    if (signed) for (const [name, value] of Object.entries(sign(conditions, expiresIn))) form.set(name, value);
    if (file !== null) form.set('file', new Blob([file]), 'file.txt');

    const response = await fetch(address, { method: 'POST', body: form, redirect: 'manual' });

    const text = await response.text();
    const member = (name: string) => new RegExp(`<${name}>(.*?)</${name}>`).exec(text)?.[1]?.replaceAll('&quot;', '"');
    expect([response.status, member('Code')]).toEqual([wanted.status, wanted.code]);
    if (wanted.message !== undefined) expect(member('Message')).toBe(wanted.message);
    if (wanted.body !== undefined) expect(text).toMatch(new RegExp(wanted.body));
    if (wanted.location !== undefined)
      expect(response.headers.get('location')).toMatch(new RegExp(`^${wanted.location}$`));
    if (!object) return;
    const { Body, ContentType, Metadata } = await s3.send(new GetObjectCommand({ Bucket, Key: object.key }));
    expect(await Body?.transformToString()).toBe(object.body);
    if (object.type !== undefined) expect([ContentType, Metadata]).toEqual([object.type, object.metadata]);
  },
);

const NEEDED =
  'Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.';
const TOO_LONG =
  'X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds';

test.each([
  [{ 'X-Amz-Date': undefined }, 400, 'AuthorizationQueryParametersError', NEEDED],
  [{ 'X-Amz-Expires': undefined }, 400, 'AuthorizationQueryParametersError', NEEDED],
  [{ 'X-Amz-Signature': undefined }, 400, 'AuthorizationQueryParametersError', NEEDED],
  [{ 'X-Amz-Expires': '604801' }, 400, 'AuthorizationQueryParametersError', TOO_LONG],
  [{ 'X-Amz-Expires': '-1' }, 400, 'AuthorizationQueryParametersError', 'X-Amz-Expires must be non-negative'],
  [{ 'X-Amz-Expires': 'soon' }, 400, 'AuthorizationQueryParametersError', 'X-Amz-Expires should be a number'],
  [{ 'X-Amz-Date': '20200101T000000Z' }, 403, 'AccessDenied', 'Request has expired'],
])('presigned: %p', async (changed, status, code, message) => {
  const date = stamp(Date.now());
  const parameters = {
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': `${KEYS.id}/${date.slice(0, 8)}/us-east-1/s3/aws4_request`,
    'X-Amz-Date': date,
    'X-Amz-Expires': '60',
    'X-Amz-SignedHeaders': 'host',
    'X-Amz-Signature': '0'.repeat(64),
    ...changed,
  };
  const kept = Object.entries(parameters).filter((entry): entry is [string, string] => entry[1] !== undefined);

  const response = await fetch(`${address}/k?${new URLSearchParams(kept)}`);

  expect(response.status).toBe(status);
  const text = await response.text();
  expect(text).toContain(`<Code>${code}</Code><Message>${message}</Message>`);
  if (code === 'AccessDenied')
    expect(text).toMatch(/<X-Amz-Expires>60<\/X-Amz-Expires><Expires>2020-01-01T00:01:00Z<\/Expires><ServerTime>/);
});

const stamp = (ms: number) => new Date(ms).toISOString().replace(/[-:]|\.\d+/g, '');

function sign(conditions: readonly unknown[], expiresIn = 60): Record<string, string> {
  const date = stamp(Date.now());
  const scope = [date.slice(0, 8), 'us-east-1', 's3', 'aws4_request'];
  const fields = {
    'x-amz-algorithm': 'AWS4-HMAC-SHA256',
    'x-amz-credential': [KEYS.id, ...scope].join('/'),
    'x-amz-date': date,
  };
  const document = {
    expiration: new Date(Date.now() + expiresIn * 1_000).toISOString(),
    conditions: [
      { bucket: Bucket },
      ...conditions,
      ...Object.entries(fields).map(([name, value]) => ({ [name]: value })),
    ],
  };
  const policy = Buffer.from(JSON.stringify(document)).toString('base64');
  const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
  const key = scope.reduce<string | Buffer>(hmac, `AWS4${KEYS.secret}`);
  return { ...fields, policy, 'x-amz-signature': hmac(key, policy).toString('hex') };
}
