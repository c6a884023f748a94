/** Tags as services store them (a record) and as most APIs write them (a list of `Key` and `Value`). */
export type Tags = Readonly<Record<string, string>>;

interface TagLike {
  readonly Key?: string | undefined;
  readonly Value?: string | undefined;
}

export const tagsOf = (list: readonly TagLike[] | undefined): Tags =>
  Object.fromEntries((list ?? []).map(({ Key = '', Value = '' }) => [Key, Value]));

export const tagList = (tags: Tags): { Key: string; Value: string }[] =>
  Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

export function withoutTags(tags: Tags, keys: readonly string[] | undefined): Tags {
  return Object.fromEntries(Object.entries(tags).filter(([key]) => !keys?.includes(key)));
}
