import { secretsManager } from './clients';
import { openSecrets, type Secrets } from './secrets';

let known: Secrets | undefined;

/** For tasks of which few have a secret to read. */
export function lazySecrets(): Secrets {
  known ??= openSecrets(secretsManager());
  return known;
}
