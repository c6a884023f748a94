import { AwsError } from '../service';

/** Query string or form body to pairs, in order. `+` is a space; a broken escape is the caller's error. */
export function parseQuery(text: string): [name: string, value: string][] {
  if (text === '') return [];
  return text
    .split('&')
    .filter((part) => part !== '')
    .map((part) => {
      const equals = part.indexOf('=');
      return equals < 0 ? [decode(part), ''] : [decode(part.slice(0, equals)), decode(part.slice(equals + 1))];
    });
}

/** Percent-decodes a path or a label of it; `+` stays. */
export function decodePath(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new AwsError('InvalidURI', `Couldn't parse the specified URI: "${text}" has a broken percent escape.`, 400);
  }
}

function decode(text: string): string {
  return decodePath(text.replaceAll('+', ' '));
}
