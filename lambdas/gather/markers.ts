import type { GatherPlan } from '../../lib/tasks/gather';
import { groupsBy } from '../shared/files/group-matcher';

/** The group that a key is a marker of; undefined for any other key. */
export function isMarkerOf({ rule }: GatherPlan): (key: string) => string | undefined {
  return rule.kind === 'marker' ? groupsBy(rule.globs) : () => undefined;
}
