/** What is loaded, independent of which run does it. */
import type { ObjectVersion } from '../../lib/tasks/common';
import { hash } from '../shared/names';

export interface LoadIdentity {
  readonly loadKey: string;
  readonly loadId: string;
}

/** The load key of a set of objects: the pipeline and which contents, in any order; never the execution. */
export function loadIdentity(
  pipeline: string,
  objects: readonly { readonly object: ObjectVersion; readonly contentId: string }[],
): LoadIdentity {
  const set = objects.map(({ object, contentId }) => JSON.stringify([object.bucket, object.key, contentId])).sort();
  const loadKey = `${pipeline}:${hash(set.join('\n'))}`;
  return { loadKey, loadId: hash(loadKey, 16) };
}
