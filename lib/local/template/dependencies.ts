/** Which resources of a template need which others first. */
import type { Template, TemplateResource } from './assembly';
import { CircularDependency } from './errors';

/** Logical id → the logical ids that must exist before it. Only resources that are in `present` count. */
export function dependencyGraph(
  stackName: string,
  template: Template,
  present: ReadonlySet<string>,
): Map<string, ReadonlySet<string>> {
  const graph = new Map<string, ReadonlySet<string>>();
  for (const [logicalId, resource] of Object.entries(template.Resources ?? {})) {
    if (!present.has(logicalId)) continue;
    const needed = dependenciesOf(resource);
    needed.delete(logicalId);
    graph.set(logicalId, new Set([...needed].filter((id) => present.has(id))));
  }
  refuseCycles(stackName, graph);
  return graph;
}

function dependenciesOf(resource: TemplateResource): Set<string> {
  const found = new Set<string>(typeof resource.DependsOn === 'string' ? [resource.DependsOn] : resource.DependsOn);
  collect(resource.Properties, found);
  return found;
}

function collect(value: unknown, found: Set<string>): void {
  if (Array.isArray(value)) {
    for (const item of value) collect(item, found);
    return;
  }
  if (value === null || typeof value !== 'object') return;
  for (const [key, member] of Object.entries(value)) {
    if (key === 'Ref' && typeof member === 'string') found.add(member);
    else if (key === 'Fn::GetAtt')
      found.add(Array.isArray(member) ? String(member[0]) : (String(member).split('.')[0] ?? ''));
    else if (key === 'Fn::Sub') collectSubstitutions(member, found);
    else collect(member, found);
  }
}

function collectSubstitutions(argument: unknown, found: Set<string>): void {
  const [text, variables] = Array.isArray(argument) ? argument : [argument, undefined];
  for (const match of String(text).matchAll(/\$\{([^!}][^}]*)\}/g))
    found.add((match[1] ?? '').split('.')[0]?.trim() ?? '');
  collect(variables, found);
}

function refuseCycles(stackName: string, graph: ReadonlyMap<string, ReadonlySet<string>>): void {
  const done = new Set<string>();
  const visit = (id: string, path: readonly string[]): void => {
    if (done.has(id)) return;
    if (path.includes(id)) throw new CircularDependency(stackName, [...path.slice(path.indexOf(id)), id]);
    for (const next of graph.get(id) ?? []) visit(next, [...path, id]);
    done.add(id);
  };
  for (const id of graph.keys()) visit(id, []);
}
