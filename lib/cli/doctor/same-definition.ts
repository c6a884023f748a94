/** Whether a state machine that is deployed is the one that this checkout compiles. */

/** Where the compiled one has `${…}`, the deployed one has what CloudFormation has put there. The order of members is nobody's. */
export function isSameDefinition(compiled: unknown, deployed: unknown): boolean {
  if (typeof compiled === 'string') return typeof deployed === 'string' && isSameText(compiled, deployed);
  if (compiled === null || typeof compiled !== 'object') return compiled === deployed;
  if (deployed === null || typeof deployed !== 'object' || Array.isArray(compiled) !== Array.isArray(deployed))
    return false;
  const [ours, theirs] = [membersOf(compiled), membersOf(deployed)];
  return (
    ours.size === theirs.size &&
    [...ours].every(([name, value]) => theirs.has(name) && isSameDefinition(value, theirs.get(name)))
  );
}

const membersOf = (value: object): Map<string, unknown> => new Map(Object.entries(value));

function isSameText(compiled: string, deployed: string): boolean {
  if (!compiled.includes('${')) return compiled === deployed;
  const pattern = compiled
    .split(/\$\{\w+\}/)
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('[^"\\s]+');
  return new RegExp(`^${pattern}$`, 's').test(deployed);
}
