/** Which secrets a list is to have: https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_search-secret.html */
import type { Filter } from '@aws-sdk/client-secrets-manager';
import { AwsError } from '../../service';
import type { Secret } from './state';

/** What each kind of filter looks at, by the beginnings of these texts. */
const TEXTS: Readonly<Record<string, (secret: Secret) => readonly string[]>> = {
  name: ({ name }) => [name],
  description: ({ description }) => words(description?.toLowerCase() ?? ''),
  'tag-key': ({ tags }) => Object.keys(tags),
  'tag-value': ({ tags }) => Object.values(tags),
  'primary-region': () => [],
  'owning-service': () => [],
  all: ({ name, description = '', tags }) =>
    [name, description, ...Object.entries(tags).flat()].flatMap((text) => words(text.toLowerCase())),
};

const IGNORE_CASE: readonly string[] = ['description', 'all'];

/** All filters must fit, each by one of its values; `!` before a value turns it around. */
export function filterOf(filters: readonly Filter[] = []): (secret: Secret) => boolean {
  for (const { Key = '' } of filters)
    if (!Object.hasOwn(TEXTS, Key))
      throw new AwsError('InvalidParameterException', `The filter key ${Key} is not valid.`);
  return (secret) =>
    filters.every(({ Key = '', Values = [] }) => {
      const texts = TEXTS[Key]?.(secret) ?? [];
      return Values.some((value) => {
        const isNegated = value.startsWith('!');
        const wanted = isNegated ? value.slice(1) : value;
        const prefix = IGNORE_CASE.includes(Key) ? wanted.toLowerCase() : wanted;
        return texts.some((text) => text.startsWith(prefix)) !== isNegated;
      });
    });
}

/** A text begins anew at each of its words. */
const words = (text: string): readonly string[] => [text, ...text.split(/[\s/_+=.@!-]+/).filter((word) => word !== '')];
