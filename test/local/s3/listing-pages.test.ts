/** Pages of a listing compared with what a few lines say of the whole. */
import fc from 'fast-check';
import { listObjects, listVersions } from '../../../lib/local/services/s3/listing';
import { Bucket } from '../../../lib/local/services/s3/store/bucket';
import type { ObjectVersion } from '../../../lib/local/services/s3/types';

const text = (maxLength: number) => fc.string({ unit: fc.constantFrom('a', 'b', '/', 'é', '🎉', '\uffff'), maxLength });
const key = fc.string({ unit: fc.constantFrom('a', 'b', '/', 'é', '🎉', '\uffff'), minLength: 1, maxLength: 6 });
const byBytes = (left: string, right: string) => Buffer.compare(Buffer.from(left), Buffer.from(right));

const version = (name: string, id: string, deleteMarker = false): ObjectVersion => ({
  key: name,
  versionId: id,
  sequencer: '0',
  lastModified: 0,
  segments: [],
  size: 0,
  etag: '',
  checksums: {},
  headers: {},
  metadata: {},
  tags: {},
  ...(deleteMarker ? { deleteMarker: true } : {}),
});

/** Keys and common prefixes, each once, in the order of their bytes. */
function reference(keys: readonly string[], prefix: string, delimiter: string): string[] {
  const entries = keys
    .filter((name) => name.startsWith(prefix))
    .map((name) => {
      const end = delimiter === '' ? -1 : name.indexOf(delimiter, prefix.length);
      return end < 0 ? name : name.slice(0, end + delimiter.length);
    });
  return [...new Set(entries)].sort(byBytes);
}

test('pages of any size make up the whole, without gaps or repetitions', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(key, { maxLength: 30 }),
      fc.uniqueArray(key, { maxLength: 5 }),
      text(2),
      fc.constantFrom('', '/', 'a', 'b/'),
      fc.integer({ min: 1, max: 7 }),
      (keys, deleted, prefix, delimiter, maxKeys) => {
        const bucket = new Bucket({ name: 'b', createdAt: 0, versioning: 'Enabled', eventBridge: false });
        for (const name of keys) bucket.put(version(name, '1'));
        for (const name of deleted) bucket.put(version(name, '2', true));
        const living = keys.filter((name) => !deleted.includes(name));

        const found: string[] = [];
        let after: string | undefined;
        do {
          const page = listObjects(bucket, { prefix, delimiter, maxKeys, ...(after !== undefined && { after }) });
          const entries = [...page.contents.map((one) => one.key), ...page.commonPrefixes];
          expect(entries.length).toBeLessThanOrEqual(maxKeys);
          found.push(...entries.sort(byBytes));
          after = page.next;
        } while (after !== undefined);

        expect(found).toEqual(reference(living, prefix, delimiter));
      },
    ),
  );
});

test('versions come newest first in each key, over any pages', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(key, fc.boolean()), { maxLength: 25 }),
      fc.integer({ min: 1, max: 5 }),
      (writes, maxKeys) => {
        const bucket = new Bucket({ name: 'b', createdAt: 0, versioning: 'Enabled', eventBridge: false });
        for (const [index, [name, isMarker]] of writes.entries()) bucket.put(version(name, String(index), isMarker));

        const found: string[] = [];
        let next: { key: string; versionId?: string } | undefined;
        do {
          const page = listVersions(bucket, {
            prefix: '',
            delimiter: '',
            maxKeys,
            ...(next && { after: next.key, ...(next.versionId !== undefined && { afterVersion: next.versionId }) }),
          });
          found.push(...page.versions.map((one) => `${one.version.key} ${one.version.versionId} ${one.isLatest}`));
          next = page.next;
        } while (next !== undefined);

        const names = [...new Set(writes.map(([name]) => name))].sort(byBytes);
        const expected = names.flatMap((name) => {
          const ids = writes.flatMap(([one], index) => (one === name ? [index] : [])).reverse();
          return ids.map((id, position) => `${name} ${id} ${position === 0}`);
        });
        expect(found).toEqual(expected);
      },
    ),
  );
});
