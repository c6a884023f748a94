import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { graphOf } from '../../../lib/console/api/run/graph';
import { layOut, type PlacedNode } from '../../../lib/console/page/views/run/layout';
import type { Graph } from '../../../lib/console/types/graph';

const definition = {
  StartAt: 'Pick',
  States: {
    Pick: {
      Type: 'Choice',
      Choices: [
        { Condition: '{% true %}', Next: 'Both' },
        { Condition: '{% false %}', Next: 'Both' },
      ],
      Default: 'Nothing',
    },
    Both: {
      Type: 'Parallel',
      Branches: [
        { StartAt: 'Left', States: { Left: { Type: 'Pass', End: true } } },
        {
          StartAt: 'Each',
          States: {
            Each: {
              Type: 'Map',
              ItemProcessor: {
                ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
                StartAt: 'Work',
                States: {
                  Work: {
                    Type: 'Task',
                    Resource: 'arn:aws:states:::lambda:invoke',
                    Retry: [{ ErrorEquals: ['States.ALL'] }],
                    End: true,
                  },
                },
              },
              End: true,
            },
          },
        },
      ],
      Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Nothing' }],
      End: true,
    },
    Nothing: { Type: 'Succeed' },
  },
};

test('states are nodes in the Map or branch around them, and ways between them edges', () => {
  expect(graphOf(JSON.stringify(definition))).toEqual({
    nodes: [
      { id: 'Pick', type: 'Choice', first: true },
      { id: 'Both', type: 'Parallel' },
      { id: 'Nothing', type: 'Succeed' },
      { id: 'Left', type: 'Pass', parent: 'Both', branch: 0, first: true },
      { id: 'Each', type: 'Map', parent: 'Both', branch: 1, distributed: true, first: true },
      { id: 'Work', type: 'Task', parent: 'Each', first: true, calls: 'lambda:invoke', retries: 3 },
    ],
    edges: [
      { from: 'Pick', to: 'Both', kind: 'choice' },
      { from: 'Pick', to: 'Nothing', kind: 'otherwise' },
      { from: 'Both', to: 'Nothing', kind: 'catch' },
    ],
  });
});

const overlaps = (a: PlacedNode, b: PlacedNode) =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
const contains = (outer: PlacedNode, inner: PlacedNode) =>
  outer.x <= inner.x &&
  outer.y <= inner.y &&
  outer.x + outer.width >= inner.x + inner.width &&
  outer.y + outer.height >= inner.y + inner.height;

/** What must hold of any picture of a graph. */
function expectTidy(graph: Graph): void {
  const { nodes, width, height } = layOut(graph);
  const at = new Map(nodes.map((one) => [one.node.id, one]));
  expect(nodes).toHaveLength(graph.nodes.length);
  for (const one of nodes) {
    expect(one.x).toBeGreaterThanOrEqual(0);
    expect(one.x + one.width).toBeLessThanOrEqual(width + 1);
    expect(one.y + one.height).toBeLessThanOrEqual(height + 1);
    if (one.node.parent !== undefined) expect(contains(at.get(one.node.parent)!, one)).toBe(true);
    for (const other of nodes) {
      if (other !== one && other.node.parent === one.node.parent) expect(overlaps(one, other)).toBe(false);
    }
  }
}

test('a layout has each state within what is around it, and none upon another', () => {
  expectTidy(graphOf(JSON.stringify(definition)));
});

const FOLDER = path.join(__dirname, '../../../state-machines');

test.each(readdirSync(FOLDER))('the state machine of %s is laid out', (name) => {
  expectTidy(graphOf(readFileSync(path.join(FOLDER, name, 'state-machine.asl.json'), 'utf8')));
});

test('many branches stand in rows, and a closed container is one node', () => {
  const branches = Array.from({ length: 40 }, (_, index) => ({
    StartAt: `Branch ${index}`,
    States: { [`Branch ${index}`]: { Type: 'Pass', End: true } },
  }));
  const graph = graphOf(
    JSON.stringify({ StartAt: 'All', States: { All: { Type: 'Parallel', Branches: branches, End: true } } }),
  );

  expectTidy(graph);
  expect(layOut(graph).width).toBeLessThan(1400);
  expect(layOut(graph, new Set(['All'])).nodes.map(({ node, open }) => [node.id, open])).toEqual([['All', false]]);
});

test('a state that leads back to itself, or to one before it, is laid out', () => {
  const loop = {
    StartAt: 'Ask',
    States: {
      Ask: { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke', Next: 'Enough?' },
      'Enough?': {
        Type: 'Choice',
        Choices: [
          { Condition: '{% true %}', Next: 'Ask' },
          { Condition: '{% true %}', Next: 'Enough?' },
        ],
        Default: 'Done',
      },
      Done: { Type: 'Succeed' },
    },
  };
  expectTidy(graphOf(JSON.stringify(loop)));
});

test('names of any kind are states like others', () => {
  const names = ['__proto__', 'constructor', '<script>alert(1)</script>', '\u202eevil', ' '];
  // As text: an object of JavaScript's would take `__proto__` for something else.
  const states = names.map((name, index) => {
    const next = names[index + 1];
    return `${JSON.stringify(name)}: ${JSON.stringify({ Type: 'Pass', ...(next ? { Next: next } : { End: true }) })}`;
  });
  const text = `{"StartAt": ${JSON.stringify(names[0])}, "States": {${states.join(', ')}}}`;

  const graph = graphOf(text);
  expect(graph.nodes.map(({ id }) => id)).toEqual(names);
  expect(graph.edges).toHaveLength(names.length - 1);
  expectTidy(graph);
});
