import { invalidArgument } from './errors';

export interface CopySource {
  readonly Bucket: string;
  readonly Key: string;
  readonly VersionId?: string;
}

/** Of `x-amz-copy-source`: `[/]bucket/key[?versionId=…]`, percent-encoded. */
export function parseCopySource(header: string): CopySource {
  const [, path = '', VersionId] = /^(.*?)(?:\?versionId=([^&]*))?$/s.exec(header) ?? [];
  const decoded = decode(path).replace(/^\//, '');
  const slash = decoded.indexOf('/');
  if (slash < 1 || slash === decoded.length - 1) {
    throw invalidArgument(
      'Copy Source must mention the source bucket and key: sourcebucket/sourcekey',
      'x-amz-copy-source',
      header,
    );
  }
  return {
    Bucket: decoded.slice(0, slash),
    Key: decoded.slice(slash + 1),
    ...(VersionId !== undefined && { VersionId }),
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalidArgument('Copy Source must be URL-encoded', 'x-amz-copy-source', text);
  }
}
