import { AwsError } from '../../service';
import type { Tags } from '../tags';

const MOST = 50;

/** What a stream's tags are when these come in. @throws {AwsError} for more than a stream may have, and for what no tag may be */
export function assertTags(present: Tags, added: Tags): Tags {
  const all = { ...present, ...added };
  for (const [key, value] of Object.entries(added)) {
    if (key.length === 0 || key.length > 128 || value.length > 256 || key.toLowerCase().startsWith('aws:'))
      throw new AwsError(
        'InvalidArgumentException',
        `The tag '${key}' is not valid: a key has 1 to 128 characters and does not begin with aws:, a value has up to 256.`,
      );
  }
  if (Object.keys(all).length > MOST)
    throw new AwsError('InvalidArgumentException', `A stream cannot have more than ${MOST} tags.`);
  return all;
}
