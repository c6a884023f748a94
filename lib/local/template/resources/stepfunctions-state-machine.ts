import { readFile } from 'node:fs/promises';
import {
  type Host,
  list,
  type Properties,
  physicalName,
  type ResourceHandler,
  record,
  refuseUntrusted,
} from '../resource';

export const stateMachine: ResourceHandler = {
  async apply({ properties, host, ...request }) {
    const name = physicalName(request, { explicit: properties.StateMachineName, max: 80 });
    const roleArn = String(properties.RoleArn);
    const { region, account } = host.cloud;
    const arn = `arn:aws:states:${region}:${account}:stateMachine:${name}`;
    refuseUntrusted(host, roleArn, 'states.amazonaws.com', arn);
    const definition = await definitionOf(properties, host);
    const settings = {
      definition,
      roleArn,
      // What the template no longer says is off again; an update leaves what it is not told.
      loggingConfiguration: camelCased(properties.LoggingConfiguration) ?? {
        level: 'OFF',
        includeExecutionData: false,
      },
      tracingConfiguration: camelCased(properties.TracingConfiguration) ?? { enabled: false },
      encryptionConfiguration: camelCased(properties.EncryptionConfiguration) ?? { type: 'AWS_OWNED_KEY' },
    };
    const tags = list(properties.Tags).map(camelCased);
    let revisionId: string | undefined;
    // Updated first: CreateStateMachine with the definition and settings of one that exists succeeds, and leaves its role as it is.
    try {
      const update = { stateMachineArn: arn, ...settings };
      ({ revisionId } = await host.call<{ revisionId?: string }>('states', 'UpdateStateMachine', update));
      if (tags.length > 0) await host.call('states', 'TagResource', { resourceArn: arn, tags });
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'StateMachineDoesNotExist') throw error;
      const type = properties.StateMachineType ?? 'STANDARD';
      await host.call('states', 'CreateStateMachine', { name, type, tags, ...settings });
    }
    return { physicalId: arn, attributes: { Arn: arn, Name: name, StateMachineRevisionId: revisionId ?? 'INITIAL' } };
  },
  async remove({ resource, host }) {
    const stateMachineArn = resource.physicalId;
    await host.call('states', 'DeleteStateMachine', { stateMachineArn });
    // CloudFormation waits until it is gone. What waits for long would keep it, and its name, for as long.
    for (;;) {
      const running = await runningOf(host, stateMachineArn);
      if (running.length === 0) return;
      for (const { executionArn } of running) await host.call('states', 'StopExecution', { executionArn });
    }
  },
};

async function runningOf(host: Host, stateMachineArn: string): Promise<readonly { readonly executionArn: string }[]> {
  try {
    const request = { stateMachineArn, statusFilter: 'RUNNING' };
    const { executions } = await host.call<{ executions: readonly { executionArn: string }[] }>(
      'states',
      'ListExecutions',
      request,
    );
    return executions;
  } catch (error) {
    // An Express one has no executions to list.
    if (error instanceof Error && /^StateMachine(DoesNotExist|TypeNotSupported)$/.test(error.name)) return [];
    throw error;
  }
}

async function definitionOf(properties: Properties, host: Host): Promise<string> {
  const substitutions = record(properties.DefinitionSubstitutions);
  const text = await definitionText(properties, host);
  return text.replace(/\$\{([^}$]+)\}/g, (all, name: string) =>
    name in substitutions ? jsonText(substitutions[name]) : all,
  );
}

async function definitionText(properties: Properties, host: Host): Promise<string> {
  if (typeof properties.DefinitionString === 'string') return properties.DefinitionString;
  if (properties.Definition !== undefined) return JSON.stringify(properties.Definition);
  const { Bucket, Key } = record(properties.DefinitionS3Location);
  const asset = host.assets.get(String(Key));
  if (asset !== undefined) return readFile(asset, 'utf8');
  const { Body } = await host.call<{ Body: AsyncIterable<Uint8Array> }>('s3', 'GetObject', { Bucket, Key });
  const chunks: Uint8Array[] = [];
  for await (const chunk of Body) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** Text stays inside the quotes that stand in the definition; a number or boolean stands by itself. */
function jsonText(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value).slice(1, -1) : JSON.stringify(value);
}

/** Templates write in PascalCase what the API of Step Functions has in camelCase. */
export function camelCased(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(camelCased);
  if (value === null || typeof value !== 'object') return value === 'true' ? true : value === 'false' ? false : value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key.charAt(0).toLowerCase() + key.slice(1), camelCased(member)]),
  );
}
