/** `{{resolve:secretsmanager:…}}` inside property values, replaced by the secret's current text just before a resource is applied. */
import type { Host } from './resource';

const REFERENCE = /\{\{resolve:([a-z-]+):([^{}]*)\}\}/g;

export async function resolveDynamicReferences<T>(value: T, host: Host): Promise<T> {
  if (!JSON.stringify(value ?? null).includes('{{resolve:')) return value;
  return (await visit(value, host)) as T;
}

async function visit(value: unknown, host: Host): Promise<unknown> {
  if (typeof value === 'string') return replaceAsync(value, host);
  if (Array.isArray(value)) return Promise.all(value.map((item) => visit(item, host)));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    await Promise.all(Object.entries(value).map(async ([key, member]) => [key, await visit(member, host)])),
  );
}

async function replaceAsync(value: string, host: Host): Promise<string> {
  let result = '';
  let from = 0;
  for (const match of value.matchAll(REFERENCE)) {
    result += value.slice(from, match.index) + (await lookUp(match[1] ?? '', match[2] ?? '', host));
    from = match.index + match[0].length;
  }
  return result + value.slice(from);
}

/** `<secret id or ARN>:SecretString:<json key>:<version stage>:<version id>`; an ARN has colons of its own. */
async function lookUp(service: string, reference: string, host: Host): Promise<string> {
  if (service !== 'secretsmanager') throw new Error(`{{resolve:${service}:…}} is not supported by the local cloud`);
  const parsed = /^(.+?)(?::SecretString(?::([^:]*))?(?::([^:]*))?(?::([^:]*))?)?$/.exec(reference);
  const [, id, key, stage, version] = parsed ?? [];
  const { SecretString } = await host.call<{ SecretString: string }>('secretsmanager', 'GetSecretValue', {
    SecretId: id,
    ...(stage ? { VersionStage: stage } : {}),
    ...(version ? { VersionId: version } : {}),
  });
  if (!key) return SecretString;
  const member = (JSON.parse(SecretString) as Record<string, unknown>)[key];
  if (member === undefined) throw new Error(`secret ${id} has no key ${key}`);
  return typeof member === 'string' ? member : JSON.stringify(member);
}
