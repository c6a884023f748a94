/** The AWS CLI and boto3 against the local S3. */
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type S3Cloud, startS3 } from '../local/s3/cloud';
import { findAwsCli, findBoto3, run } from '../local/wire/clients';

let cloud: S3Cloud;
let folder: string;
beforeAll(async () => {
  cloud = await startS3();
  folder = await mkdtemp(join(tmpdir(), 'stepwell-cli-'));
});
afterAll(async () => {
  await cloud.destroy();
  await rm(folder, { recursive: true, force: true });
});

const aws = (...args: string[]) => run(cloud.endpoint, 'aws', ...args);

test('the AWS CLI copies, lists, syncs, moves and removes', async () => {
  if (!findAwsCli()) return;
  const large = randomBytes(20 * 1024 * 1024 + 1);
  await mkdir(join(folder, 'in', 'sub'), { recursive: true });
  await writeFile(join(folder, 'in', 'large.bin'), large);
  await writeFile(join(folder, 'in', 'sub', 'a b+c "q" 🎉.csv'), 'x,y\n1,2\n');

  await aws('s3', 'mb', 's3://cli');
  await aws('s3', 'sync', join(folder, 'in'), 's3://cli/up/', '--only-show-errors');
  const listed = await aws('s3', 'ls', 's3://cli/up/', '--recursive');
  await aws('s3', 'cp', 's3://cli/up/large.bin', 's3://cli/copy.bin', '--only-show-errors');
  await aws('s3', 'sync', 's3://cli/up/', join(folder, 'out'), '--only-show-errors');
  await aws('s3', 'mv', 's3://cli/copy.bin', join(folder, 'moved.bin'), '--only-show-errors');
  const again = await aws('s3', 'sync', join(folder, 'in'), 's3://cli/up/');

  expect(
    listed
      .trim()
      .split('\n')
      .map((line) => line.replace(/^\S+ \S+ +/, '')),
  ).toEqual(['20971521 up/large.bin', '8 up/sub/a b+c "q" 🎉.csv']);
  expect((await readFile(join(folder, 'out', 'large.bin'))).equals(large)).toBe(true);
  expect((await readFile(join(folder, 'moved.bin'))).equals(large)).toBe(true);
  expect(await readFile(join(folder, 'out', 'sub', 'a b+c "q" 🎉.csv'), 'utf8')).toBe('x,y\n1,2\n');
  expect(again).toBe('');
  expect(await aws('s3', 'ls')).toContain(' cli\n');

  await aws('s3', 'rb', 's3://cli', '--force');
  await expect(aws('s3', 'ls', 's3://cli')).rejects.toThrow('NoSuchBucket');
});

const PROGRAM = `
import boto3, io, json, sys, urllib.request
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
s3 = boto3.client('s3')
out = {}
s3.create_bucket(Bucket='boto')
key = 'a/b c+d%2F"é🎉'
s3.put_object(Bucket='boto', Key=key, Body=b'hello', Metadata={'a': 'b'}, ContentType='text/csv')
got = s3.get_object(Bucket='boto', Key=key, ChecksumMode='ENABLED')
out['got'] = [got['Body'].read().decode(), got['Metadata'], got['ContentType'], got['ETag']]
out['keys'] = [item['Key'] for item in s3.list_objects_v2(Bucket='boto')['Contents']]
data = bytes(range(256)) * 50000
s3.upload_fileobj(io.BytesIO(data), 'boto', 'large', Config=TransferConfig(multipart_threshold=6 * 1024 * 1024, multipart_chunksize=5 * 1024 * 1024))
back = io.BytesIO()
s3.download_fileobj('boto', 'large', back)
out['large'] = back.getvalue() == data
url = boto3.client('s3', config=Config(signature_version='s3v4')).generate_presigned_url('get_object', Params={'Bucket': 'boto', 'Key': key})
out['presigned get'] = urllib.request.urlopen(url).read().decode()
url = s3.generate_presigned_url('put_object', Params={'Bucket': 'boto', 'Key': 'presigned'})
urllib.request.urlopen(urllib.request.Request(url, data=b'put', method='PUT'))
out['presigned put'] = s3.get_object(Bucket='boto', Key='presigned')['Body'].read().decode()
for algorithm in ['CRC32', 'SHA1', 'SHA256']:
    s3.put_object(Bucket='boto', Key=algorithm, Body=io.BytesIO(b'x' * 100000), ChecksumAlgorithm=algorithm)
    out[algorithm] = s3.head_object(Bucket='boto', Key=algorithm, ChecksumMode='ENABLED')['Checksum' + algorithm] != ''
try:
    s3.put_object(Bucket='boto', Key=key, Body=b'', IfNoneMatch='*')
except s3.exceptions.ClientError as error:
    out['conditional'] = error.response['Error']['Code']
try:
    s3.head_object(Bucket='boto', Key='none')
except s3.exceptions.ClientError as error:
    out['missing'] = error.response['Error']['Code']
out['deleted'] = sorted(item['Key'] for item in s3.delete_objects(Bucket='boto', Delete={'Objects': [{'Key': key}, {'Key': 'large'}]})['Deleted'])
out['location'] = s3.get_bucket_location(Bucket='boto')['LocationConstraint']
print(json.dumps(out))
`;

test('boto3 puts, gets, lists, uploads in parts and presigns', async () => {
  if (!findBoto3()) return;
  const key = 'a/b c+d%2F"é🎉';

  const out = JSON.parse(await run(cloud.endpoint, 'python3', '-c', PROGRAM));

  expect(out).toEqual({
    got: ['hello', { a: 'b' }, 'text/csv', '"5d41402abc4b2a76b9719d911017c592"'],
    keys: [key],
    large: true,
    'presigned get': 'hello',
    'presigned put': 'put',
    CRC32: true,
    SHA1: true,
    SHA256: true,
    conditional: 'PreconditionFailed',
    missing: '404',
    deleted: [key, 'large'],
    location: null,
  });
});
