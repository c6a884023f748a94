import { AwsError } from '../../service';
import { LATEST } from './names';
import type { Versions } from './versions';

export function checkWeights(
  weights: Readonly<Record<string, number>>,
  version: string,
  name: string,
  versions: Versions,
): Readonly<Record<string, number>> {
  const refuse = (message: string): never => {
    throw new AwsError('InvalidParameterValueException', message, 400, { Type: 'User' });
  };
  const entries = Object.entries(weights);
  if (entries.length > 1) refuse('Number of items in AdditionalVersionWeights cannot be greater than 1');
  for (const [other, share] of entries) {
    if (version === LATEST || other === LATEST)
      refuse('$LATEST is not supported for an alias pointing to more than 1 version');
    if (other === version)
      refuse(
        `Invalid function version ${other}. Function version ${other} is already included in routing configuration.`,
      );
    if (!(share >= 0 && share <= 1)) refuse(`The weight ${share} of version ${other} is not between 0 and 1.`);
    versions.resolve({ name, qualifier: other });
  }
  return weights;
}
