/** What S3 says of an object that cannot be read, in words. */
import { UnreadableFile } from '../../lib/tasks/errors';

interface Named {
  readonly bucket: string;
  readonly key: string;
  readonly versionId?: string | undefined;
}

/**
 * The error to throw instead of S3's own where the object is not there; undefined for any other error.
 *
 * The functions have no s3:ListBucket: it would show them every key of every pipeline, since S3 knows no condition for the
 * look-up of one object. The price is that S3 answers 403 for what is absent, as it does for what may not be read.
 */
export function goneError(error: unknown, object: Named): UnreadableFile | undefined {
  const what = whatIsGone(error, object);
  return what === undefined ? undefined : new UnreadableFile(`${describe(object)} ${what}`, { cause: error });
}

const AGAIN = 'Put the file there again, which starts a new run.';

function whatIsGone(error: unknown, { versionId }: Named): string | undefined {
  const { name, $metadata } = error as { name?: string; $metadata?: { httpStatusCode?: number } };
  const status = $metadata?.httpStatusCode;
  // A HEAD has no body, so S3 names no error there: only the status tells.
  if (status === 405 || name === 'MethodNotAllowed') return `is the mark of a deletion: the file was deleted. ${AGAIN}`;
  if (status === 412 || name === 'PreconditionFailed') {
    return 'holds other content than when the run was admitted: it was overwritten, and the bucket keeps no versions. What was written then starts a run of its own.';
  }
  if (versionId !== undefined && (name === 'NoSuchVersion' || status === 404)) {
    return `is gone: this version was deleted for good. ${AGAIN}`;
  }
  if (versionId !== undefined && status === 400) {
    return 'cannot be: that is no version id. Take it from the bucket, or leave it out for the newest version.';
  }
  if (status === 404 || name === 'NotFound' || name === 'NoSuchKey') {
    return `does not exist: it was deleted before the run could read it, or the name is wrong. ${AGAIN}`;
  }
  if (status === 403) {
    return (
      'does not exist, or the pipeline may not read it; S3 answers 403 for both. Where the name is right and the file is there, ' +
      "the bucket's policy or the object's encryption key denies it to the pipeline's role. Else it was deleted before the run could read it. " +
      AGAIN
    );
  }
  return undefined;
}

function describe({ bucket, key, versionId }: Named): string {
  return `s3://${bucket}/${key}${versionId === undefined ? '' : ` (version ${versionId})`}`;
}
