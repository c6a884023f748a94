import { parseTrigger } from '../../../lambdas/admit/parse-trigger';

test('an arrival from the event rule, whose missing members are empty texts', () => {
  const arrival = {
    bucket: 'landing',
    key: 'a b+c/%2F"é😀.csv',
    versionId: '',
    etag: 'e',
    size: 1,
    sequencer: '00A',
    time: '',
  };

  expect(parseTrigger({ arrival }, 'landing')).toEqual({
    by: 'event',
    reprocess: false,
    objects: [{ bucket: 'landing', key: 'a b+c/%2F"é😀.csv', versionId: undefined, etag: 'e', sequencer: '00A' }],
  });
});

test("S3's own event", () => {
  const event = {
    version: '0',
    source: 'aws.s3',
    'detail-type': 'Object Created',
    detail: {
      bucket: { name: 'landing' },
      object: { key: 'orders/a.csv', size: 5, etag: 'e', 'version-id': 'v', sequencer: '00B' },
      reason: 'CopyObject',
    },
  };

  expect(parseTrigger(event, 'other')).toEqual({
    by: 'event',
    reprocess: false,
    objects: [{ bucket: 'landing', key: 'orders/a.csv', versionId: 'v', etag: 'e', sequencer: '00B' }],
  });
});

test('objects by name lie in the landing bucket unless told, and may be reprocessed', () => {
  const input = { objects: [{ key: 'a' }, { bucket: 'b', key: 'c', versionId: 'v' }], reprocess: true };

  expect(parseTrigger(input, 'landing')).toEqual({
    by: 'person',
    reprocess: true,
    objects: [
      { bucket: 'landing', key: 'a', versionId: undefined },
      { bucket: 'b', key: 'c', versionId: 'v' },
    ],
  });
});

test.each([
  ['nothing', {}],
  ['no objects', { objects: [] }],
  ['a text', 'orders/a.csv'],
  ['null', null],
  ['both', { objects: [{ key: 'a' }], arrival: { bucket: 'b', key: 'k' } }],
  ['a wrong shape', { objects: ['a'] }],
])('%s is refused, and the message names what is accepted', (_name, input) => {
  expect(() => parseTrigger(input, 'landing')).toThrow(
    expect.objectContaining({
      name: 'InvalidTaskInput',
      message: expect.stringContaining('Accepted are {"objects": [{"key": "…"}]}'),
    }),
  );
});

test('two versions of one object are two runs', () => {
  const objects = [
    { key: 'a', versionId: '1' },
    { key: 'a', versionId: '2' },
  ];

  expect(() => parseTrigger({ objects }, 'landing')).toThrow('start a run for each version');
});
