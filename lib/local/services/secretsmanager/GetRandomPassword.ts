import { randomInt } from 'node:crypto';
import type { GetRandomPasswordCommandInput, GetRandomPasswordCommandOutput } from '@aws-sdk/client-secrets-manager';
import { AwsError } from '../../service';
import type { OperationOf } from '../stateful';
import type { SecretsState } from './state';

type Output = Omit<GetRandomPasswordCommandOutput, '$metadata'>;

const LOWERCASE = 'abcdefghijklmnopqrstuvwxyz';
const UPPERCASE = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const NUMBERS = '0123456789';
const PUNCTUATION = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~';

export const GetRandomPassword: OperationOf<SecretsState, GetRandomPasswordCommandInput, Output> = () => ({
  authorize: () => [{ action: 'secretsmanager:GetRandomPassword', resource: '*' }],

  async handle(input) {
    return { RandomPassword: randomPassword(input) };
  },
});

function randomPassword(input: GetRandomPasswordCommandInput): string {
  const { PasswordLength: length = 32, ExcludeCharacters = '', RequireEachIncludedType = true } = input;
  const types = [
    input.ExcludeLowercase ? '' : LOWERCASE,
    input.ExcludeUppercase ? '' : UPPERCASE,
    input.ExcludeNumbers ? '' : NUMBERS,
    input.ExcludePunctuation ? '' : PUNCTUATION,
    input.IncludeSpace ? ' ' : '',
  ]
    .map((characters) => [...characters].filter((character) => !ExcludeCharacters.includes(character)))
    .filter((characters) => characters.length > 0);
  const required = RequireEachIncludedType ? types.length : 0;
  if (types.length === 0 || length < Math.max(1, required) || length > 4_096) {
    const message = `A password of ${length} characters of ${types.length} types is not possible.`;
    throw new AwsError('InvalidParameterException', message);
  }
  const all = types.flat();
  const characters = Array.from({ length }, (_, i) => pick(i < required ? (types[i] as string[]) : all));
  return shuffle(characters).join('');
}

const pick = (characters: readonly string[]): string => characters[randomInt(characters.length)] as string;

function shuffle<T>(items: T[]): T[] {
  for (let i = items.length - 1; i > 0; i--) {
    const j = randomInt(i + 1);
    [items[i], items[j]] = [items[j] as T, items[i] as T];
  }
  return items;
}
