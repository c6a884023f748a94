/** Sources, models and tables, drawn as rows flow. Arrow keys go along the lines. */
import { useMemo, useRef, useState } from 'preact/hooks';
import type { LineageNode, LineageShown } from '../../../types/lineage';
import { path } from '../../shell/location';
import { connected, layOut, NODE, neighbour } from './layout';

const KINDS: Readonly<Record<LineageNode['kind'], string>> = { source: 'source', model: 'model', table: 'table' };

const DETAILS: Readonly<Record<string, string>> = {
  landedFiles: 'files',
  streamRecords: 'stream',
  httpApi: 'HTTP API',
  mysql: 'MySQL',
  postgres: 'PostgreSQL',
  dynamoDb: 'DynamoDB',
  dynamodb: 'DynamoDB',
  custom: 'own extractor',
  published: 'of another pipeline',
  sql: 'SQL',
  rowFunction: 'row function',
  redshift: 'Redshift',
  aurora: 'Aurora',
  lake: 'lake',
};

export const detailText = (detail: string): string => DETAILS[detail] ?? detail;

interface GraphProps {
  readonly shown: LineageShown;
  /** the node that it is about */
  readonly current?: string;
}

export function LineageGraph({ shown, current }: GraphProps) {
  const placed = useMemo(() => layOut(shown), [shown]);
  const [chosen, setChosen] = useState<string>();
  const frame = useRef<HTMLDivElement>(null);
  const lit = useMemo(() => (chosen === undefined ? undefined : connected(shown.edges, chosen)), [shown, chosen]);
  const isDim = (id: string) => lit !== undefined && !lit.has(id);
  function onKeyDown(event: KeyboardEvent) {
    const id = (event.target as HTMLElement).dataset.node;
    const to = id === undefined ? undefined : neighbour(placed, id, event.key);
    if (to === undefined) return;
    event.preventDefault();
    const nodes = [...frame.current!.querySelectorAll<HTMLElement>('[data-node]')];
    nodes.find(({ dataset }) => dataset.node === to)?.focus();
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: a group of links, of no form
    <div
      class="lineage panel"
      role="group"
      aria-label="Lineage, from sources to tables"
      ref={frame}
      onKeyDown={onKeyDown}
    >
      <div class="lineage-ground" style={{ width: `${placed.width}px`, height: `${placed.height}px` }}>
        <svg width={placed.width} height={placed.height} aria-hidden="true">
          {placed.edges.map(({ from, to, d }) => (
            <path key={`${from} ${to}`} d={d} class={isDim(from) || isDim(to) ? 'dim' : lit ? 'lit' : undefined} />
          ))}
        </svg>
        {placed.nodes.map(({ node, x, y }) => (
          <Node
            key={node.id}
            node={node}
            style={{ left: `${x}px`, top: `${y}px`, width: `${NODE.width}px`, height: `${NODE.height}px` }}
            isCurrent={node.id === current}
            isDim={isDim(node.id)}
            isChosen={node.id === chosen}
            onLight={(on) => setChosen(on ? node.id : undefined)}
          />
        ))}
      </div>
    </div>
  );
}

interface NodeProps {
  readonly node: LineageNode;
  readonly style: Readonly<Record<string, string>>;
  readonly isCurrent: boolean;
  readonly isDim: boolean;
  readonly isChosen: boolean;
  readonly onLight: (on: boolean) => void;
}

/** A table leads to its page; of others a click shows what is connected. Pointing at any does so as well. */
function Node({ node, style, isCurrent, isDim, isChosen, onLight }: NodeProps) {
  const { id, kind, name, pipeline, detail, table } = node;
  const content = (
    <>
      <span class="lineage-kind" aria-hidden="true">
        {KINDS[kind][0]!.toUpperCase()}
      </span>
      <span class="lineage-text">
        <span class="lineage-name">{name}</span>
        <span class="quiet">
          <span class="hidden">{kind}, </span>
          {detailText(detail)} · {pipeline}
        </span>
      </span>
    </>
  );
  const common = {
    'data-node': id,
    style,
    title: `${kind} ${name}, ${detailText(detail)}, of ${pipeline}`,
    class: `lineage-node of-${kind}${isDim ? ' dim' : ''}${isCurrent ? ' current' : ''}`,
    onMouseEnter: () => onLight(true),
    onMouseLeave: () => onLight(false),
    onFocus: () => onLight(true),
    onBlur: () => onLight(false),
  };
  return table === undefined ? (
    <button type="button" {...common} aria-pressed={isChosen} onClick={() => onLight(true)}>
      {content}
    </button>
  ) : (
    <a href={path('/lineage', table)} {...common} aria-current={isCurrent ? 'page' : undefined}>
      {content}
    </a>
  );
}
