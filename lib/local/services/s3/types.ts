/** What the local S3 stores. All of it is JSON: these are also the records of its journal. */
import type { NotificationConfiguration } from '@aws-sdk/client-s3';

export type Versioning = 'Disabled' | 'Enabled' | 'Suspended';

export interface BucketConfig {
  readonly name: string;
  /** ms since the epoch */
  readonly createdAt: number;
  readonly versioning: Versioning;
  /** whether the bucket sends its events to EventBridge */
  readonly eventBridge: boolean;
  /** functions, queues and topics that are told of its objects */
  readonly notifications?: NotificationConfiguration;
  /** by the names of settings.ts; null is what was deleted though every new bucket has it */
  readonly settings?: Readonly<Record<string, Readonly<Record<string, unknown>> | string | null>>;
}

/** A stretch of a data file. Objects share files: a copy or a completed upload moves no bytes. */
export interface Segment {
  readonly file: string;
  readonly offset: number;
  readonly length: number;
}

export const CHECKSUM_ALGORITHMS = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256', 'SHA512'] as const;
export type ChecksumAlgorithm = (typeof CHECKSUM_ALGORITHMS)[number];
export type ChecksumType = 'COMPOSITE' | 'FULL_OBJECT';
export type Checksums = Partial<Record<ChecksumAlgorithm, string>>;

/** Headers that are kept with an object and sent back, by their SDK member names. */
export const STORED_HEADERS = [
  'CacheControl',
  'ContentDisposition',
  'ContentEncoding',
  'ContentLanguage',
  'ContentType',
  'StorageClass',
  'ServerSideEncryption',
  'SSEKMSKeyId',
  'WebsiteRedirectLocation',
] as const;
export type StoredHeaders = Partial<Record<(typeof STORED_HEADERS)[number], string>> & { readonly Expires?: string };

/** What a caller says about an object besides its bytes. */
export interface Description {
  readonly headers: StoredHeaders;
  readonly metadata: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
}

/** The bytes of an object or part, once they are on disk. */
export interface Content {
  readonly segments: readonly Segment[];
  readonly size: number;
  /** without quotes */
  readonly etag: string;
  readonly checksums: Checksums;
  readonly checksumType?: ChecksumType;
}

export interface ObjectVersion extends Content, Description {
  readonly key: string;
  /** `null` (the text) where the bucket had no versioning */
  readonly versionId: string;
  readonly sequencer: string;
  readonly lastModified: number;
  readonly deleteMarker?: true;
  /** sizes of the parts of a multipart upload */
  readonly parts?: readonly number[];
  /** those of the parts, where the upload named an algorithm */
  readonly partChecksums?: readonly Checksums[];
  /** the upload that made it, so that completing it twice answers the same */
  readonly uploadId?: string;
}

export interface Part extends Content {
  readonly partNumber: number;
  readonly lastModified: number;
}

export interface Upload extends Description {
  readonly uploadId: string;
  readonly key: string;
  readonly initiatedAt: number;
  readonly checksumAlgorithm?: ChecksumAlgorithm;
  readonly checksumType?: ChecksumType;
}

/** An event for EventBridge, or a notification to a function, queue or topic, that is owed until a record says that it was sent. */
export interface StoredEvent {
  readonly id: string;
  readonly time: number;
  readonly bucket: string;
  readonly detailType: 'Object Created' | 'Object Deleted' | 'Object Tags Added' | 'Object Tags Deleted';
  /** ARN of whom it is for; EventBridge without one */
  readonly to?: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** A change: applied to memory and appended to the journal as one. */
export type Change =
  | { readonly do: 'bucket'; readonly bucket: BucketConfig }
  | { readonly do: 'drop-bucket'; readonly bucket: string }
  | {
      readonly do: 'put';
      readonly bucket: string;
      readonly version: ObjectVersion;
      /** the multipart upload that this ends */
      readonly ends?: string;
      readonly events?: readonly StoredEvent[];
    }
  | {
      readonly do: 'drop';
      readonly bucket: string;
      readonly key: string;
      readonly versionId: string;
      readonly events?: readonly StoredEvent[];
    }
  | {
      readonly do: 'tag';
      readonly bucket: string;
      readonly key: string;
      readonly versionId: string;
      readonly tags: Readonly<Record<string, string>>;
      readonly events?: readonly StoredEvent[];
    }
  | { readonly do: 'upload'; readonly bucket: string; readonly upload: Upload }
  | { readonly do: 'part'; readonly bucket: string; readonly uploadId: string; readonly part: Part }
  | { readonly do: 'drop-upload'; readonly bucket: string; readonly uploadId: string }
  | { readonly do: 'owe'; readonly event: StoredEvent }
  | { readonly do: 'sent'; readonly ids: readonly string[] }
  /** the highest sequencer given out, kept when the versions that had it are gone */
  | { readonly do: 'sequencer'; readonly value: string };
