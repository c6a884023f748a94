/** What a backfill would do with each interval, or set of files. */
import type { BackfillDryRun, LoadState } from '../../../types/grid';
import { Raw } from '../../parts/raw';
import { Table } from '../../parts/table';
import { countText, plural } from '../../parts/text';

const STATE_WORDS: Readonly<Record<LoadState, string>> = {
  missing: 'not loaded',
  failed: 'failed',
  partial: 'partial',
  loaded: 'loaded',
  running: 'being loaded',
};

export function DryRun({ plan, maxActive }: { readonly plan: BackfillDryRun; readonly maxActive: number }) {
  const { loads, total, runs, leftOut } = plan;
  const left = Object.entries(leftOut) as [LoadState, number][];
  return (
    <div class="dry-run">
      <p>
        <strong>{plural(runs, 'run')} would be started</strong>
        {runs > 0 ? `, ${Math.min(maxActive, runs)} at a time` : ''}.
        {left.length > 0
          ? ` Left alone: ${left.map(([state, n]) => `${countText(n)} ${STATE_WORDS[state]}`).join(', ')}.`
          : ''}
      </p>
      <Table
        label="What the backfill would do"
        rows={loads}
        keyOf={({ title, runId }) => `${title} ${runId ?? ''}`}
        columns={[
          { title: 'What', isHeader: true, cell: ({ title }) => <Raw text={title} /> },
          {
            title: 'Now',
            cell: ({ state, runId }) => `${STATE_WORDS[state]}${runId === undefined ? '' : ` (${runId.slice(0, 8)})`}`,
          },
          {
            title: 'Backfill',
            cell: ({ runs: does, state }) =>
              does
                ? state === 'loaded' || state === 'partial'
                  ? 'loads it again, in its place'
                  : 'loads it'
                : 'leaves it',
          },
        ]}
      />
      {total > loads.length ? <p class="quiet">… and {countText(total - loads.length)} more.</p> : null}
    </div>
  );
}
