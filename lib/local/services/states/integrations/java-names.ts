/**
 * How version 2 of the Java SDK calls the members of shapes, by which AWS SDK integrations know them: words with a capital first letter
 * and no other, so that `BOOL` is `Bool` and `SSEKMSKeyId` is `SsekmsKeyId` (aws/aws-sdk-js#4294, boto/boto3#4253).
 */
const known = new Map<string, string>([['NULL', 'Nul']]);

export function javaName(member: string): string {
  let name = known.get(member);
  if (name === undefined) {
    name = wordsOf(member).map(capitalized).join('');
    known.set(member, name);
  }
  return name;
}

/** As its code generator takes names apart. */
const wordsOf = (name: string): string[] =>
  name
    .replace(/[^A-Za-z0-9]+/g, ' ')
    .replace(/(?<=[a-z])(?=[A-Z][a-zA-Z0-9])/g, ' ')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .replace(/([0-9])([a-zA-Z])/g, '$1 $2')
    .trim()
    .split(/ +/);

const capitalized = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1).toLowerCase();
