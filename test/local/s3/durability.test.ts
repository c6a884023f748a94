import { spawn } from 'node:child_process';
import { appendFile, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  ListPartsCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { Store } from '../../../lib/local/services/s3/store/store';
import { eventually, type S3Cloud, startS3 } from './cloud';

let cloud: S3Cloud;
beforeEach(async () => {
  cloud = await startS3();
});
afterEach(() => cloud.destroy());

const put = (Bucket: string, Key: string, Body: string, more: object = {}) =>
  cloud.client.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
const read = async (Bucket: string, Key: string, VersionId?: string) =>
  (await cloud.client.send(new GetObjectCommand({ Bucket, Key, VersionId }))).Body!.transformToString();
const dataFolder = () => join(cloud.stateDir, 's3', 'data');
const journal = () => join(cloud.stateDir, 's3', 'journal.ndjson');

describe('after a restart', () => {
  test('objects, versions, markers, tags, buckets and open uploads are as they were', async () => {
    await cloud.s3.configureBucket('kept', { versioned: true });
    await cloud.s3.configureBucket('plain', {});
    await put('plain', 'a/ü 🎉', 'old');
    await put('plain', 'a/ü 🎉', 'new', { Metadata: { m: '1' } });
    await put('kept', 'k', 'one');
    await put('kept', 'k', 'two');
    await cloud.client.send(
      new PutObjectTaggingCommand({ Bucket: 'kept', Key: 'k', Tagging: { TagSet: [{ Key: 'a', Value: 'b' }] } }),
    );
    await put('kept', 'gone', 'x');
    await cloud.client.send(new DeleteObjectCommand({ Bucket: 'kept', Key: 'gone' }));
    const { UploadId } = await cloud.client.send(new CreateMultipartUploadCommand({ Bucket: 'kept', Key: 'open' }));
    const name = { Bucket: 'kept', Key: 'open', UploadId };
    const { ETag } = await cloud.client.send(new UploadPartCommand({ ...name, PartNumber: 1, Body: 'part' }));
    const before = await cloud.client.send(new ListObjectVersionsCommand({ Bucket: 'kept' }));

    cloud = await cloud.restart();

    const after = await cloud.client.send(new ListObjectVersionsCommand({ Bucket: 'kept' }));
    expect(after.Versions).toEqual(before.Versions);
    expect(after.DeleteMarkers).toEqual(before.DeleteMarkers);
    expect(await read('plain', 'a/ü 🎉')).toBe('new');
    expect(await read('kept', 'k')).toBe('two');
    expect((await cloud.client.send(new GetObjectTaggingCommand({ Bucket: 'kept', Key: 'k' }))).TagSet).toEqual([
      { Key: 'a', Value: 'b' },
    ]);
    expect((await cloud.client.send(new ListPartsCommand(name))).Parts).toMatchObject([{ PartNumber: 1, Size: 4 }]);
    await cloud.client.send(
      new CompleteMultipartUploadCommand({ ...name, MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] } }),
    );
    expect(await read('kept', 'open')).toBe('part');
  });

  test('what an interrupted upload left, and a line that a crash cut off, are gone', async () => {
    await cloud.s3.configureBucket('bbb', {});
    await put('bbb', 'k', 'whole');
    await cloud.stop();
    await writeFile(join(dataFolder(), 'orphan'), 'half an upload');
    await appendFile(journal(), '{"do":"put","bucket":"bbb","versi');

    cloud = await startS3({ stateDir: cloud.stateDir });

    expect(await readdir(dataFolder())).toHaveLength(1);
    expect(await read('bbb', 'k')).toBe('whole');
    await put('bbb', 'l', 'next');
    cloud = await cloud.restart();
    expect(await read('bbb', 'l')).toBe('next');
  });

  test('the journal holds living lines only, and sequencers still rise', async () => {
    await cloud.s3.configureBucket('bbb', {});
    for (let index = 0; index < 30; index++) await put('bbb', 'k', `body ${index}`);
    const sequencer = (await readFile(journal(), 'utf8')).match(/"sequencer":"[0-9a-f]{16}"/g)?.at(-1) ?? '';

    cloud = await cloud.restart();

    const lines = (await readFile(journal(), 'utf8')).trim().split('\n');
    expect(lines).toHaveLength(3);
    expect(await read('bbb', 'k')).toBe('body 29');
    await put('bbb', 'k', 'later');
    const later = (await readFile(journal(), 'utf8')).match(/"sequencer":"[0-9a-f]{16}"/g)?.at(-1) ?? '';
    expect(later > sequencer).toBe(true);
  });
});

test('sequencers rise even when the clock goes back', async () => {
  const store = await Store.open(join(cloud.stateDir, 'other'));
  const given = [1_000_000, 5, 5, 999_999, 1_000_001].map((now) => store.nextSequencer(now));
  await store.close();

  expect([...given].sort()).toEqual(given);
  expect(new Set(given).size).toBe(given.length);
});

test('an upload that breaks off stores nothing and leaves no file', async () => {
  await cloud.s3.configureBucket('bbb', {});
  const curl = spawn(process.execPath, [
    '-e',
    `const { request } = require('node:http');
     const put = request('${cloud.endpoint}/bbb/broken', { method: 'PUT', headers: { 'content-length': 10000000 } });
     put.on('error', () => {});
     put.write(Buffer.alloc(3000000), () => setTimeout(() => process.kill(process.pid, 'SIGKILL'), 50));`,
  ]);
  await new Promise((resolve) => curl.once('exit', resolve));

  await eventually(async () => expect(await readdir(dataFolder())).toEqual([]));
  expect((await cloud.client.send(new ListObjectsV2Command({ Bucket: 'bbb' }))).KeyCount).toBe(0);
});

test('an object acknowledged before the process is killed is there afterwards', async () => {
  await cloud.stop();
  const child = spawn(process.execPath, [
    '--import',
    'tsx',
    '-e',
    `(async () => {
      const { createS3Service } = require('${join(__dirname, '../../../lib/local/services/s3/index.ts')}');
      const { systemClock } = require('${join(__dirname, '../../../lib/local/service.ts')}');
      const s3 = createS3Service({ stateDir: '${cloud.stateDir}' });
      const cloud = { account: '0', region: 'us-east-1', clock: systemClock, log() {} };
      await s3.start(cloud);
      await s3.configureBucket('bbb', {});
      for (let index = 0; ; index++) {
        await s3.operations.PutObject.handle({ Bucket: 'bbb', Key: 'k' + index, Body: 'body ' + index }, { cloud, requestId: 'r' });
        process.stdout.write(index + '\\n');
      }
    })();`,
  ]);
  let acknowledged = -1;
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  for await (const chunk of child.stdout) {
    acknowledged = Math.max(acknowledged, ...String(chunk).trim().split('\n').map(Number));
    if (acknowledged >= 20) child.kill('SIGKILL');
  }
  expect(errors).toBe('');

  cloud = await startS3({ stateDir: cloud.stateDir });

  for (let index = 0; index <= acknowledged; index++) expect(await read('bbb', `k${index}`)).toBe(`body ${index}`);
});
