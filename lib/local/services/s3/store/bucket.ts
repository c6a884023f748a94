import type { BucketConfig, ObjectVersion, Part, Upload } from '../types';
import { SortedKeys } from './keys';

export interface OpenUpload {
  readonly upload: Upload;
  readonly parts: Map<number, Part>;
}

/** One bucket in memory. Only the store changes it. */
export class Bucket {
  readonly keys = new SortedKeys();
  readonly uploads = new Map<string, OpenUpload>();
  readonly #versions = new Map<string, ObjectVersion[]>();

  constructor(public config: BucketConfig) {}

  get isEmpty(): boolean {
    return this.keys.length === 0;
  }

  /** Newest first; empty for an unknown key. */
  versions(key: string): readonly ObjectVersion[] {
    return this.#versions.get(key) ?? [];
  }

  /** The current version, which may be a delete marker. */
  latest(key: string): ObjectVersion | undefined {
    return this.#versions.get(key)?.[0];
  }

  version(key: string, versionId: string): ObjectVersion | undefined {
    return this.#versions.get(key)?.find((version) => version.versionId === versionId);
  }

  /** Returns the version that this one replaces: `null` replaces `null`. */
  put(version: ObjectVersion): ObjectVersion | undefined {
    const versions = this.#versions.get(version.key);
    if (!versions) {
      this.#versions.set(version.key, [version]);
      this.keys.add(version.key);
      return undefined;
    }
    const index = versions.findIndex(({ versionId }) => versionId === version.versionId);
    const [replaced] = index < 0 ? [] : versions.splice(index, 1);
    versions.unshift(version);
    return replaced;
  }

  drop(key: string, versionId: string): ObjectVersion | undefined {
    const versions = this.#versions.get(key);
    const index = versions?.findIndex((version) => version.versionId === versionId) ?? -1;
    if (!versions || index < 0) return undefined;
    const [dropped] = versions.splice(index, 1);
    if (versions.length === 0) {
      this.#versions.delete(key);
      this.keys.delete(key);
    }
    return dropped;
  }

  tag(key: string, versionId: string, tags: Readonly<Record<string, string>>): void {
    const versions = this.#versions.get(key);
    const index = versions?.findIndex((version) => version.versionId === versionId) ?? -1;
    if (versions && index >= 0) versions[index] = { ...(versions[index] as ObjectVersion), tags };
  }
}
