/** The shards of a stream: how much of what each takes it has got, in its warmest minute. */
import type { ShardShown, StreamShown } from '../../../types/stream';
import { StatusIcon } from '../../parts/status';
import { type Column, Table } from '../../parts/table';
import { bytesText, plural } from '../../parts/text';
import { perSecondText } from './words';

export function Shards({ stream: { stream, shards, minutes } }: { readonly stream: StreamShown }) {
  const hot = shards.filter(({ isHot }) => isHot).length;
  return (
    <section aria-labelledby="shards">
      <h2 id="shards">Shards</h2>
      <p class="quiet">
        Over the last {minutes} minutes; heat is of the warmest of them, against 1 MiB or 1,000 records a second.
        {hot === 0 ? '' : ` ${plural(hot, 'shard')} may refuse records: most of them may have one partition key.`}
      </p>
      <Table label={`Shards of ${stream}`} columns={COLUMNS} rows={shards} keyOf={({ shard }) => shard} asCards />
    </section>
  );
}

const WARM = 0.5;

function Heat({ heat, isHot }: ShardShown) {
  const [kind, word] = isHot
    ? (['bad', 'hot'] as const)
    : heat >= WARM
      ? (['partial', 'warm'] as const)
      : (['good', 'cool'] as const);
  return (
    <span class={`heat is-${kind}`}>
      <span class={`status is-${kind}`}>
        <StatusIcon kind={kind} />
        {word} {Math.round(heat * 100)} %
      </span>
      <span class="gauge" aria-hidden="true">
        <span style={{ width: `${Math.min(100, heat * 100)}%` }} />
      </span>
    </span>
  );
}

const COLUMNS: readonly Column<ShardShown>[] = [
  {
    title: 'Shard',
    isHeader: true,
    cell: ({ shard, isOpen }) => (
      <>
        <span class="mono">{shard}</span>
        {isOpen ? null : <span class="quiet"> closed</span>}
      </>
    ),
  },
  { title: 'Heat', cell: (shard) => <Heat {...shard} /> },
  { title: 'Records a second', isNumber: true, cell: ({ recordsPerSecond }) => perSecondText(recordsPerSecond) },
  { title: 'Bytes a second', isNumber: true, cell: ({ bytesPerSecond }) => bytesText(bytesPerSecond) },
];
