import type { Service } from '../../../lib/local/service';
import { createEventsService } from '../../../lib/local/services/events';
import { createS3Service } from '../../../lib/local/services/s3';
import { type TestCloud, testClock, testCloud } from '../cloud';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

let cloud: TestCloud;
let clock: ReturnType<typeof testClock>;

/** S3 takes its folder when it is made, which a test cloud knows once it starts. */
function lateS3(): Service {
  const options = { stateDir: '' };
  const s3 = createS3Service({
    get stateDir() {
      return options.stateDir;
    },
  });
  return {
    ...s3,
    start(started) {
      options.stateDir = started.stateDir;
      return s3.start?.(started) ?? Promise.resolve();
    },
  };
}

beforeEach(async () => {
  clock = testClock(Date.parse('2026-01-01T10:00:00Z'));
  cloud = await testCloud({ services: () => [lateS3(), createEventsService()], clock, other: () => ({}) });
  await run('CreateBucket');
});
afterEach(() => cloud.stop());

const run = (operation: string, input: object = {}) => cloud.run('s3', operation, { Bucket: 'bbb', ...input });
const put = (Key: string, input: object = {}) => run('PutObject', { Key, Body: 'x', ...input });
const rules = (...Rules: object[]) =>
  run('PutBucketLifecycleConfiguration', {
    LifecycleConfiguration: { Rules: Rules.map((rule, n) => ({ ID: String(n), Status: 'Enabled', ...rule })) },
  });
const keys = async () => ((await run('ListObjectsV2')).Contents ?? []).map(({ Key }: { Key: string }) => Key);

test('objects expire at the midnight after their days, where prefix, tag and size fit', async () => {
  await rules(
    { Filter: { Prefix: 'old/' }, Expiration: { Days: 1 } },
    { Filter: { And: { Prefix: 'tagged/', Tags: [{ Key: 'keep', Value: 'no' }] } }, Expiration: { Days: 1 } },
    { Filter: { ObjectSizeGreaterThan: 5 }, Expiration: { Days: 1 } },
    { Filter: { Prefix: 'off/' }, Expiration: { Days: 1 }, Status: 'Disabled' },
  );
  await put('old/a');
  await put('off/a');
  await put('tagged/a', { Tagging: 'keep=no' });
  await put('tagged/b', { Tagging: 'keep=yes' });
  await put('large', { Body: '123456' });

  // Put on the 1st at 10:00, a day later is the 2nd at 10:00, and the midnight after that begins the 3rd.
  await clock.advance(37 * HOUR);
  expect(await keys()).toHaveLength(5);
  await clock.advance(2 * HOUR);
  expect(await keys()).toEqual(['off/a', 'tagged/b']);
});

test('EventBridge hears that it was the lifecycle', async () => {
  await run('PutBucketNotificationConfiguration', { NotificationConfiguration: { EventBridgeConfiguration: {} } });
  await rules({ Filter: { Prefix: '' }, Expiration: { Days: 1 } });
  await put('a');
  await clock.advance(40 * HOUR);

  const entries = cloud.calls
    .filter(({ operation }) => operation === 'PutEvents')
    .flatMap(({ input }) => input.Entries);
  const deleted = entries.filter(({ DetailType }) => DetailType === 'Object Deleted');
  expect(deleted.map(({ Detail }) => JSON.parse(Detail))).toMatchObject([
    { object: { key: 'a' }, reason: 'Lifecycle Expiration', requester: 's3.amazonaws.com' },
  ]);
});

test('in a versioned bucket a marker hides what has expired; old versions and lonely markers go', async () => {
  await run('PutBucketVersioning', { VersioningConfiguration: { Status: 'Enabled' } });
  await put('a');
  await put('a');
  await put('a');
  await rules({
    Filter: { Prefix: '' },
    Expiration: { Days: 10 },
    NoncurrentVersionExpiration: { NoncurrentDays: 1, NewerNoncurrentVersions: 1 },
  });

  await clock.advance(3 * DAY);
  expect((await run('ListObjectVersions')).Versions).toHaveLength(2);
  await clock.advance(9 * DAY);
  const hidden = await run('ListObjectVersions');
  expect([hidden.Versions.length, hidden.DeleteMarkers.length]).toEqual([1, 1]);

  await rules({ Filter: { Prefix: '' }, NoncurrentVersionExpiration: { NoncurrentDays: 1 }, Expiration: { Days: 10 } });
  await clock.advance(3 * DAY);
  expect(await run('ListObjectVersions')).toMatchObject({ Versions: [], DeleteMarkers: [] });
});

test('abandoned uploads end', async () => {
  await rules({ Filter: { Prefix: '' }, AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } });
  await run('CreateMultipartUpload', { Key: 'a' });
  await clock.advance(37 * HOUR);
  expect((await run('ListMultipartUploads')).Uploads).toHaveLength(1);
  await clock.advance(2 * HOUR);
  expect((await run('ListMultipartUploads')).Uploads).toEqual([]);
});

test('what came due while the cloud was down goes at its next start', async () => {
  await rules({ Filter: { Prefix: '' }, Expiration: { Days: 1 } });
  await put('a');
  await cloud.restart(() => clock.advance(5 * DAY));
  await clock.advance(0);
  expect(await keys()).toEqual([]);
});
