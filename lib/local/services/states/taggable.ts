import { checkTaggableArn } from './arns';
import { resourceNotFound } from './errors';
import type { StatesState } from './state';

export interface Taggable {
  readonly tags: Readonly<Record<string, string>>;
  setTags(tags: Readonly<Record<string, string>>): Promise<void>;
}

/** A state machine or an activity. Throws ResourceNotFound. */
export function taggable({ engine: { catalogue } }: StatesState, arn: string | undefined): Taggable {
  const { type } = checkTaggableArn(arn);
  const table = type === 'activity' ? catalogue.activities : catalogue.machines;
  const record = table.get(arn!);
  if (!record) throw resourceNotFound(arn!);
  return {
    tags: record.tags,
    setTags: (tags) => table.set(arn!, { ...record, tags } as never),
  };
}
