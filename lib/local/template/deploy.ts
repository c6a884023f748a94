/**
 * Brings the services to what the templates say. Resources start as soon as what they refer to is there, so the slow ones
 * (databases, custom resources) overlap with the rest; so do stacks that do not depend on each other.
 */
import { writeFileSync } from 'node:fs';
import type { Assembly, Stack, TemplateResource } from './assembly';
import { dependencyGraph } from './dependencies';
import { resolveDynamicReferences } from './dynamic-references';
import { ResourceFailed, UnsupportedResourceType } from './errors';
import { evaluateCondition, resolveValue, type Scope } from './intrinsics';
import { type Host, type RecordedResource, type ResourceHandler, record, shortHash } from './resource';
import type { StackState, StateStore } from './state';

export type Handlers = (type: string) => ResourceHandler | undefined;

export interface Deployment {
  readonly stacks: ReadonlyMap<string, StackState>;
  /** how many resources were applied, not counting those that are applied at each start */
  readonly changed: number;
}

export async function deploy(
  assembly: Assembly,
  host: Host,
  handlers: Handlers,
  store: StateStore,
  /** gets the stacks before the work begins; they change as it goes on */
  observe: (stacks: ReadonlyMap<string, StackState>) => void = () => {},
): Promise<Deployment> {
  const states = await store.readAll();
  observe(states);
  for (const stack of assembly.stacks) refuseUnknownTypes(stack, handlers);
  const deployment = { stacks: states, changed: 0 };
  const exports = (name: string): unknown => {
    for (const state of states.values())
      for (const output of Object.values(state.outputs)) if (output.exportName === name) return output.value;
    return undefined;
  };
  try {
    const stacks = new Map(assembly.stacks.map((stack) => [stack.id, stack]));
    const graph = new Map(
      [...stacks].map(([id, { dependencies }]) => [id, new Set(dependencies.filter((one) => stacks.has(one)))]),
    );
    const waitingFor = (id: string) => [...graph.values()].filter((needed) => needed.has(id)).length;
    // Those that others wait for go first: custom resources of one function wait for one another.
    const order = [...graph].sort(([a], [b]) => waitingFor(b) - waitingFor(a));
    await inParallel(new Map(order), async (id) => {
      const changed = await deployStack(stacks.get(id)!, states, exports, host, handlers, store);
      deployment.changed += changed;
    });
    // What was made last may need what was made before it.
    const gone = [...states.values()].filter(
      ({ stackName }) => !assembly.stacks.some(({ name }) => name === stackName),
    );
    for (const state of gone.sort((a, b) => b.createdAt - a.createdAt))
      await removeStack(state, states, host, handlers, store);
  } finally {
    store.flush();
  }
  return deployment;
}

function refuseUnknownTypes(stack: Stack, handlers: Handlers): void {
  for (const [logicalId, resource] of Object.entries(stack.template.Resources ?? {}))
    if (handlers(resource.Type) === undefined) throw new UnsupportedResourceType(stack.name, logicalId, resource.Type);
}

async function deployStack(
  stack: Stack,
  states: Map<string, StackState>,
  importValue: (name: string) => unknown,
  host: Host,
  handlers: Handlers,
  store: StateStore,
): Promise<number> {
  const state = states.get(stack.name) ?? newState(stack.name, host);
  states.set(stack.name, state);
  state.status = Object.keys(state.resources).length === 0 ? 'CREATE_IN_PROGRESS' : 'UPDATE_IN_PROGRESS';
  const scope = scopeOf(stack, state, importValue, host);
  const wanted = Object.entries(stack.template.Resources ?? {}).filter(
    ([, resource]) => resource.Condition === undefined || evaluateCondition(resource.Condition, scope),
  );
  const graph = dependencyGraph(stack.name, stack.template, new Set(wanted.map(([logicalId]) => logicalId)));

  let changed = 0;
  try {
    await inParallel(graph, async (logicalId) => {
      const resource = stack.template.Resources?.[logicalId] as TemplateResource;
      const did = await applyResource(stack, logicalId, resource, state, scope, host, handlers);
      if (did !== 'unchanged') store.save(state);
      if (did === 'changed') changed += 1;
    });
  } catch (error) {
    state.status = state.status.replace('IN_PROGRESS', 'FAILED');
    store.save(state);
    throw error;
  }

  const gone = Object.keys(state.resources).filter((logicalId) => !graph.has(logicalId));
  for (const logicalId of gone.reverse()) await removeResource(state, logicalId, host, handlers, store);
  state.outputs = outputsOf(stack, scope);
  state.status = state.status.replace('IN_PROGRESS', 'COMPLETE');
  if (changed > 0 || gone.length > 0) state.updatedAt = host.cloud.clock.now();
  store.save(state);
  writeFileSync(store.templateFile(stack.name), JSON.stringify(stack.template));
  return changed + gone.length;
}

async function applyResource(
  stack: Stack,
  logicalId: string,
  resource: TemplateResource,
  state: StackState,
  scope: Scope,
  host: Host,
  handlers: Handlers,
): Promise<'changed' | 'refreshed' | 'unchanged'> {
  const handler = handlers(resource.Type) as ResourceHandler;
  const properties = record(resolveValue(resource.Properties ?? {}, scope));
  const hash = shortHash(JSON.stringify([resource.Type, properties]));
  const previous = state.resources[logicalId];
  const isSame = previous !== undefined && previous.hash === hash;
  if (isSame && !handler.volatile) return 'unchanged';
  const stackRef = { name: state.stackName, id: state.stackId };
  const previousOfType = previous?.type === resource.Type ? previous : undefined;
  try {
    const applied = await handler.apply({
      stack: stackRef,
      logicalId,
      type: resource.Type,
      properties: await resolveDynamicReferences(properties, host),
      host,
      ...(previousOfType === undefined ? {} : { previous: previousOfType }),
    });
    const { DeletionPolicy: policy } = resource;
    const retain = policy !== undefined && policy !== 'Delete';
    const disposable = policy === 'Delete';
    state.resources[logicalId] = { type: resource.Type, hash, properties, retain, disposable, ...applied };
  } catch (error) {
    throw new ResourceFailed(stack.name, logicalId, resource.Type, previous === undefined ? 'create' : 'update', error);
  }
  // A new physical id replaces the old resource, as in CloudFormation.
  if (previous !== undefined && !isSameResource(previous, state.resources[logicalId] as RecordedResource))
    await remove(stackRef, logicalId, previous, host, handlers);
  return isSame ? 'refreshed' : 'changed';
}

/** A queue's URL may change with the port; its ARN does not. */
function isSameResource(a: RecordedResource, b: RecordedResource): boolean {
  return a.physicalId === b.physicalId || (a.attributes?.Arn !== undefined && a.attributes.Arn === b.attributes?.Arn);
}

async function removeStack(
  state: StackState,
  states: Map<string, StackState>,
  host: Host,
  handlers: Handlers,
  store: StateStore,
): Promise<void> {
  host.cloud.log(`stack ${state.stackName} is no longer in the assembly: removing what holds no data`);
  for (const logicalId of Object.keys(state.resources).reverse())
    await removeResource(state, logicalId, host, handlers, store);
  states.delete(state.stackName);
  store.remove(state.stackName);
}

async function removeResource(
  state: StackState,
  logicalId: string,
  host: Host,
  handlers: Handlers,
  store: StateStore,
): Promise<void> {
  const resource = state.resources[logicalId] as RecordedResource;
  await remove({ name: state.stackName, id: state.stackId }, logicalId, resource, host, handlers);
  delete state.resources[logicalId];
  store.save(state);
}

async function remove(
  stack: { name: string; id: string },
  logicalId: string,
  resource: RecordedResource,
  host: Host,
  handlers: Handlers,
): Promise<void> {
  const handler = handlers(resource.type);
  const isKept = handler?.holdsData === true && !(resource.disposable && handler.remove !== undefined);
  if (resource.retain || isKept) {
    host.cloud.log(
      `${stack.name}/${logicalId}: kept ${resource.type} ${resource.physicalId}, which is no longer in the template`,
    );
    return;
  }
  try {
    await handler?.remove?.({ stack, logicalId, resource, host });
  } catch (error) {
    throw new ResourceFailed(stack.name, logicalId, resource.type, 'delete', error);
  }
}

function scopeOf(stack: Stack, state: StackState, importValue: (name: string) => unknown, host: Host): Scope {
  const { template } = stack;
  return {
    stackName: stack.name,
    stackId: state.stackId,
    account: host.cloud.account,
    region: host.cloud.region,
    parameters: Object.fromEntries(
      Object.entries(template.Parameters ?? {}).map(([name, { Default }]) => [name, Default]),
    ),
    mappings: template.Mappings ?? {},
    conditions: template.Conditions ?? {},
    ref: (logicalId) => state.resources[logicalId]?.physicalId,
    getAtt: (logicalId, attribute) => state.resources[logicalId]?.attributes?.[attribute],
    importValue,
  };
}

function outputsOf(stack: Stack, scope: Scope): StackState['outputs'] {
  const outputs: StackState['outputs'] = {};
  for (const [name, output] of Object.entries(stack.template.Outputs ?? {})) {
    if (output.Condition !== undefined && !evaluateCondition(output.Condition, scope)) continue;
    outputs[name] = {
      value: resolveValue(output.Value, scope),
      ...(output.Description === undefined ? {} : { description: output.Description }),
      ...(output.Export === undefined ? {} : { exportName: String(resolveValue(output.Export.Name, scope)) }),
    };
  }
  return outputs;
}

function newState(stackName: string, host: Host): StackState {
  const { account, region, clock } = host.cloud;
  const id = shortHash(`${account}/${stackName}`, 32).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  return {
    stackName,
    stackId: `arn:aws:cloudformation:${region}:${account}:stack/${stackName}/${id}`,
    createdAt: clock.now(),
    updatedAt: clock.now(),
    status: 'CREATE_IN_PROGRESS',
    resources: {},
    outputs: {},
  };
}

/** Runs each node once all that it needs has run. The first failure ends the rest as they finish; then it is thrown. */
async function inParallel(
  graph: ReadonlyMap<string, ReadonlySet<string>>,
  run: (id: string) => Promise<void>,
): Promise<void> {
  const running = new Map<string, Promise<void>>();
  let failed = false;
  const start = (id: string): Promise<void> => {
    const existing = running.get(id);
    if (existing !== undefined) return existing;
    const promise = Promise.all([...(graph.get(id) ?? [])].map(start)).then(async () => {
      if (failed) return;
      try {
        await run(id);
      } catch (error) {
        failed = true;
        throw error;
      }
    });
    running.set(id, promise);
    return promise;
  };
  const results = await Promise.allSettled([...graph.keys()].map(start));
  const failure = results.find((result) => result.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
}
