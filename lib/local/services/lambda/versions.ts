/** Published versions and the aliases that point to them. */
import { randomUUID } from 'node:crypto';
import type { AliasConfiguration } from '@aws-sdk/client-lambda';
import { AwsError, type CloudContext } from '../../service';
import type { Table } from '../../store';
import { type FunctionName, functionArn, LATEST, notFound } from './names';
import type { FunctionRecord } from './state';

export interface AliasRecord {
  readonly functionName: string;
  readonly name: string;
  readonly version: string;
  readonly description: string;
  /** version → share of the invocations, 0 to 1 */
  readonly weights: Readonly<Record<string, number>>;
  readonly revision: string;
}

export interface Versions {
  /** What is invoked by this name: `$LATEST`, a version, or one that an alias points to. Throws ResourceNotFoundException. */
  resolve(asked: FunctionName): FunctionRecord;
  /** The same, where it may be gone. */
  find(asked: FunctionName): FunctionRecord | undefined;
  /** The latest state becomes a version, unless it is the one that was published last. */
  publish(record: FunctionRecord, description?: string): Promise<FunctionRecord>;
  /** by number, `$LATEST` first */
  of(name: string): readonly FunctionRecord[];
  remove(name: string, version: string): Promise<void>;
  alias(name: string, alias: string): AliasRecord;
  aliases(name: string): readonly AliasRecord[];
  putAlias(alias: Omit<AliasRecord, 'revision'>): Promise<AliasRecord>;
  removeAlias(name: string, alias: string): Promise<void>;
  /** The function is gone, and all that belongs to it. */
  forget(name: string): Promise<void>;
}

export function versionsOf(
  cloud: CloudContext,
  functions: Table<FunctionRecord>,
  published: Table<FunctionRecord>,
  aliases: Table<AliasRecord>,
): Versions {
  const keyOf = (name: string, qualifier: string) => `${name}:${qualifier}`;
  const numbersOf = (name: string) =>
    [...published.values()]
      .filter((record) => record.name === name)
      .sort((a, b) => Number(a.version) - Number(b.version));
  const alias = (name: string, qualifier: string) => {
    const found = aliases.get(keyOf(name, qualifier));
    if (found !== undefined) return found;
    throw new AwsError(
      'ResourceNotFoundException',
      `Cannot find alias arn: ${functionArn(cloud, { name, qualifier })}`,
      404,
      { Type: 'User' },
    );
  };

  const find = ({ name, qualifier = LATEST }: FunctionName): FunctionRecord | undefined => {
    const latest = functions.get(name);
    if (latest === undefined || qualifier === LATEST) return latest;
    const found = aliases.get(keyOf(name, qualifier));
    const version = found === undefined ? qualifier : chosen(found);
    return version === LATEST ? latest : published.get(keyOf(name, version));
  };

  return {
    find,
    resolve(asked) {
      const record = find(asked);
      if (record === undefined) throw notFound(functionArn(cloud, asked));
      return record;
    },
    async publish(record, description) {
      const last = numbersOf(record.name).at(-1);
      if (last !== undefined && last.publishedFrom === record.revision) return last;
      const version = String(1 + (last === undefined ? 0 : Number(last.version)));
      const made: FunctionRecord = {
        ...record,
        version,
        description: description ?? record.description,
        publishedFrom: record.revision,
        revision: randomUUID(),
      };
      await published.set(keyOf(record.name, version), made);
      return made;
    },
    of(name) {
      const latest = functions.get(name);
      return latest === undefined ? [] : [latest, ...numbersOf(name)];
    },
    async remove(name, version) {
      const user = [...aliases.values()].find(
        (one) => one.functionName === name && (one.version === version || one.weights[version] !== undefined),
      );
      if (user !== undefined)
        throw new AwsError(
          'ResourceConflictException',
          `Version ${version} is in use by alias ${user.name}. Delete or update the alias first.`,
          409,
          { Type: 'User' },
        );
      await published.delete(keyOf(name, version));
    },
    alias,
    aliases: (name) =>
      [...aliases.values()].filter((one) => one.functionName === name).sort((a, b) => (a.name < b.name ? -1 : 1)),
    async putAlias(given) {
      const record = { ...given, revision: randomUUID() };
      await aliases.set(keyOf(given.functionName, given.name), record);
      return record;
    },
    async removeAlias(name, qualifier) {
      await aliases.delete(keyOf(name, qualifier));
    },
    async forget(name) {
      for (const { version } of numbersOf(name)) await published.delete(keyOf(name, version as string));
      for (const one of [...aliases.values()])
        if (one.functionName === name) await aliases.delete(keyOf(name, one.name));
    },
  };
}

/** An alias may send a share of the invocations to another version. */
function chosen({ version, weights }: AliasRecord): string {
  let left = Math.random();
  for (const [other, share] of Object.entries(weights)) {
    left -= share;
    if (left < 0) return other;
  }
  return version;
}

export function aliasOutput(cloud: CloudContext, alias: AliasRecord): AliasConfiguration {
  return {
    AliasArn: functionArn(cloud, { name: alias.functionName, qualifier: alias.name }),
    Name: alias.name,
    FunctionVersion: alias.version,
    Description: alias.description,
    ...(Object.keys(alias.weights).length === 0
      ? {}
      : { RoutingConfig: { AdditionalVersionWeights: { ...alias.weights } } }),
    RevisionId: alias.revision,
  };
}
