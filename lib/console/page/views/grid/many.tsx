/** Redrives or reruns what is selected: what that would do with each is shown first. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { ManyAct, ManyResult } from '../../../types/grid';
import type { Problem } from '../../../types/shell';
import { Confirm, Dialog } from '../../parts/dialog';
import { Raw } from '../../parts/raw';
import { ErrorBox, Loading } from '../../parts/states';
import { plural } from '../../parts/text';
import { act, problemIn } from '../../shell/api';
import { path } from '../../shell/location';

export interface ManyProps {
  readonly pipeline: string;
  readonly which: ManyAct;
  /** by run, as the grid calls them */
  readonly runs: ReadonlyMap<string, string>;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

const TITLE = { redrive: 'Redrive', rerun: 'Rerun' } as const;

export function Many({ pipeline, which, runs: selected, onClose, onDone }: ManyProps) {
  // Those it was opened for: what is selected changes when it is done, and with what others do.
  const [runs] = useState(selected);
  const api = path('/api/pipelines', pipeline, 'grid');
  const [plan, setPlan] = useState<readonly ManyResult[]>();
  const [problem, setProblem] = useState<Problem>();
  const [done, setDone] = useState<readonly ManyResult[]>();
  /** there is something to read before it closes */
  const isRefused = useRef(false);
  useEffect(() => {
    act<ManyResult[]>('POST', `${api}/plan`, { act: which, runIds: [...runs.keys()] })
      .then(setPlan)
      .catch((error: unknown) => setProblem(problemIn(error)));
  }, []);
  const possible = (plan ?? []).filter(({ refusal }) => refusal === undefined);
  if (done !== undefined)
    return (
      <Dialog
        title={`${TITLE[which]}: what could not be done`}
        onClose={onClose}
        footer={
          <button type="button" onClick={onClose}>
            Close
          </button>
        }
      >
        <Results results={done} runs={runs} />
      </Dialog>
    );
  return (
    <Confirm
      title={`${TITLE[which]} ${plural(runs.size, 'run')}`}
      action={plan === undefined ? TITLE[which] : `${TITLE[which]} ${plural(possible.length, 'run')}`}
      isDisabled={possible.length === 0}
      onClose={() => {
        if (!isRefused.current) onClose();
      }}
      onConfirm={async () => {
        const results = await act<ManyResult[]>('POST', `${api}/act`, {
          act: which,
          runIds: possible.map(({ runId }) => runId),
        });
        onDone();
        const refused = results.filter(({ refusal }) => refusal !== undefined);
        if (refused.length === 0) return;
        isRefused.current = true;
        setDone(refused);
      }}
    >
      {problem !== undefined ? (
        <ErrorBox problem={problem} />
      ) : plan === undefined ? (
        <Loading label="Finding out what it would do" />
      ) : (
        <>
          {[...new Set(possible.flatMap(({ sentences }) => sentences))].slice(0, MOST_SENTENCES).map((line) => (
            <p key={line}>{line}</p>
          ))}
          <Results results={plan} runs={runs} />
        </>
      )}
    </Confirm>
  );
}

const MOST_SENTENCES = 4;

const Results = ({ results, runs }: { readonly results: readonly ManyResult[]; readonly runs: ManyProps['runs'] }) => (
  <ul class="many">
    {results.map(({ runId, refusal }) => (
      <li key={runId}>
        <Raw text={runs.get(runId) ?? ''} /> <code>{runId.slice(0, 8)}</code>
        {refusal === undefined ? null : <span class="grid-error">: {refusal}</span>}
      </li>
    ))}
  </ul>
);
