import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { eventually, type S3Cloud, startS3 } from './cloud';

let cloud: S3Cloud;
afterEach(() => cloud.destroy());

const put = (Bucket: string, Key: string, Body = 'hello') =>
  cloud.client.send(new PutObjectCommand({ Bucket, Key, Body }));

test('a new object is told to EventBridge in the form that AWS documents', async () => {
  cloud = await startS3();
  await cloud.s3.configureBucket('landing', { versioned: true, eventBridge: true });

  const { VersionId } = await put('landing', 'orders/a b+c%2F🎉.csv');

  await eventually(() => expect(cloud.events).toHaveLength(1));
  expect(cloud.events[0]).toEqual({
    Time: expect.any(Date),
    Source: 'aws.s3',
    DetailType: 'Object Created',
    Resources: ['arn:aws:s3:::landing'],
    Detail: {
      version: '0',
      bucket: { name: 'landing' },
      object: {
        key: 'orders/a b+c%2F🎉.csv',
        size: 5,
        etag: '5d41402abc4b2a76b9719d911017c592',
        'version-id': VersionId,
        sequencer: expect.stringMatching(/^[0-9a-f]{16}$/),
      },
      'request-id': expect.any(String),
      requester: '000000000000',
      'source-ip-address': '127.0.0.1',
      reason: 'PutObject',
    },
  });
});

test('every way to make or delete an object has its reason, in the order of the sequencers', async () => {
  cloud = await startS3();
  await cloud.s3.configureBucket('bbb', { eventBridge: true });
  await cloud.s3.configureBucket('vvv', { versioned: true, eventBridge: true });
  await put('bbb', 'k');
  await cloud.client.send(new CopyObjectCommand({ Bucket: 'bbb', Key: 'copy', CopySource: 'bbb/k' }));
  const { UploadId } = await cloud.client.send(new CreateMultipartUploadCommand({ Bucket: 'bbb', Key: 'parts' }));
  const name = { Bucket: 'bbb', Key: 'parts', UploadId };
  const { ETag } = await cloud.client.send(new UploadPartCommand({ ...name, PartNumber: 1, Body: 'x' }));
  await cloud.client.send(
    new CompleteMultipartUploadCommand({ ...name, MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] } }),
  );
  await cloud.client.send(new DeleteObjectCommand({ Bucket: 'bbb', Key: 'k' }));
  await put('vvv', 'k');
  await cloud.client.send(new DeleteObjectCommand({ Bucket: 'vvv', Key: 'k' }));

  await eventually(() => expect(cloud.events).toHaveLength(6));
  expect(
    cloud.events.map(({ DetailType, Detail }) => [
      DetailType,
      (Detail.object as { key: string }).key,
      Detail.reason,
      Detail['deletion-type'],
    ]),
  ).toEqual([
    ['Object Created', 'k', 'PutObject', undefined],
    ['Object Created', 'copy', 'CopyObject', undefined],
    ['Object Created', 'parts', 'CompleteMultipartUpload', undefined],
    ['Object Deleted', 'k', 'DeleteObject', 'Permanently Deleted'],
    ['Object Created', 'k', 'PutObject', undefined],
    ['Object Deleted', 'k', 'DeleteObject', 'Delete Marker Created'],
  ]);
  const sequencers = cloud.events.map(({ Detail }) => (Detail.object as { sequencer: string }).sequencer);
  expect([...sequencers].sort()).toEqual(sequencers);
});

test('a bucket without EventBridge keeps silent', async () => {
  cloud = await startS3();
  await cloud.s3.configureBucket('quiet', {});
  await cloud.s3.configureBucket('loud', { eventBridge: true });
  await put('quiet', 'k');
  await put('loud', 'k');

  await eventually(() => expect(cloud.events).toHaveLength(1));
  expect(cloud.events[0]?.Resources).toEqual(['arn:aws:s3:::loud']);
});

test('an event is sent again until EventBridge takes it', async () => {
  let refusals = 2;
  cloud = await startS3({
    onPutEvents: () => {
      if (refusals-- > 0) throw new Error('not now');
    },
  });
  await cloud.s3.configureBucket('bbb', { eventBridge: true });
  await put('bbb', 'k');

  await eventually(() => expect(cloud.events).toHaveLength(1));
  expect(cloud.lines).toHaveLength(2);
});

test('an event that is owed when the process ends is sent by the next one, once it is told to', async () => {
  let isDown = true;
  cloud = await startS3({
    onPutEvents: () => {
      if (isDown) throw new Error('down');
    },
  });
  await cloud.s3.configureBucket('bbb', { eventBridge: true });
  await put('bbb', 'owed');
  expect(cloud.events).toEqual([]);

  cloud = await cloud.restart();
  isDown = false;
  expect(cloud.events).toEqual([]);
  cloud.s3.deliverEvents();

  await eventually(() => expect(cloud.events).toHaveLength(1));
  expect(cloud.events[0]?.Detail).toMatchObject({ object: { key: 'owed' }, reason: 'PutObject' });

  cloud = await cloud.restart();
  cloud.s3.deliverEvents();
  await put('bbb', 'new');
  await eventually(() => expect(cloud.events).toHaveLength(1));
  expect(cloud.events[0]?.Detail).toMatchObject({ object: { key: 'new' } });
});
