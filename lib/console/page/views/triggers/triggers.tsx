/** What starts each pipeline, when it does next, and starting one. */
import { useState } from 'preact/hooks';
import type { Problem } from '../../../types/shell';
import type { TriggerShown, TriggersShown } from '../../../types/triggers';
import { Raw } from '../../parts/raw';
import { Search } from '../../parts/search';
import { Empty, ErrorBox, Loading } from '../../parts/states';
import { StatusIcon } from '../../parts/status';
import { durationText, plural } from '../../parts/text';
import { Ago, Moment, now } from '../../parts/time';
import { readOnlyHint, targetKind } from '../../shell/about';
import { act, problemIn, useApi, useEvery } from '../../shell/api';
import { path } from '../../shell/location';
import type { ViewProps } from '../../views';
import { DropZone } from './drop-zone';
import { Pause, Resume } from './pause';
import { StartRun } from './start-run';

/** Files come, and others pause. */
const EVERY_MS = { local: 2000, account: 20_000 } as const;

export default function TriggersView({ query }: ViewProps) {
  const answer = useApi<TriggersShown>('/api/triggers');
  const { data, error, reload } = answer;
  useEvery(EVERY_MS[targetKind()], answer);
  const filter = query.get('filter') ?? '';
  const shown = data?.triggers.filter(({ pipeline }) => pipeline.includes(filter)) ?? [];
  return (
    <>
      <div class="title">
        <h1>Triggers</h1>
        <div class="actions">
          <Search label="Only pipelines with" placeholder="Pipeline" value={filter} />
        </div>
      </div>
      {data === undefined ? (
        error === undefined ? (
          <Loading />
        ) : (
          <ErrorBox problem={error} onRetry={reload} />
        )
      ) : shown.length === 0 ? (
        <Empty title={filter === '' ? 'No pipeline is deployed here' : `No pipeline has '${filter}' in its name`} />
      ) : (
        <div class="triggers">
          {shown.map((trigger) => (
            <Trigger key={trigger.pipeline} trigger={trigger} onChange={reload} />
          ))}
        </div>
      )}
    </>
  );
}

const WAIT_IN_STREAM = 'Records wait in the stream, for as long as it keeps them.';

function Trigger({ trigger, onChange }: { readonly trigger: TriggerShown; readonly onChange: () => void }) {
  const { pipeline, description, state, pause, kind, patterns, markers, waiting } = trigger;
  const [asked, setAsked] = useState<'pause' | 'resume' | 'start'>();
  const locked = readOnlyHint();
  const close = () => {
    setAsked(undefined);
    onChange();
  };
  const takesFiles = kind === 'files' || kind === 'gathered files';
  return (
    <section class="trigger panel" aria-labelledby={`trigger-${pipeline}`}>
      <div class="trigger-head">
        <h2 id={`trigger-${pipeline}`}>
          <a href={path('/pipelines', pipeline)}>{pipeline}</a>
        </h2>
        {state === 'active' ? null : (
          <span class="status is-partial">
            <StatusIcon kind="partial" />
            {state === 'paused' ? 'paused' : 'started again, not by stepwell'}
          </span>
        )}
        <span class="trigger-acts">
          {takesFiles || kind === 'stream' ? null : (
            <button type="button" disabled={locked !== undefined} title={locked} onClick={() => setAsked('start')}>
              Start a run …
            </button>
          )}
          {state === 'active' ? (
            <button type="button" disabled={locked !== undefined} title={locked} onClick={() => setAsked('pause')}>
              Pause …
            </button>
          ) : (
            <button
              type="button"
              class="primary"
              disabled={locked !== undefined}
              title={locked}
              onClick={() => setAsked('resume')}
            >
              Resume …
            </button>
          )}
        </span>
      </div>
      <p class="quiet">{description}</p>
      {pause === undefined ? null : (
        <p>
          Since <Moment at={pause.since} />, by {pause.by}
          {pause.reason === undefined ? '' : ': '}
          {pause.reason === undefined ? null : <Raw text={pause.reason} />}.{' '}
          {kind === 'stream' ? WAIT_IN_STREAM : 'What comes meanwhile is kept.'}
        </p>
      )}
      <Starts trigger={trigger} />
      {waiting.map((one) => (
        <Waiting
          key={one.group}
          pipeline={pipeline}
          what={kind === 'stream' ? ['staged batch', 'staged batches'] : ['file', 'files']}
          waiting={one}
          locked={locked}
          onChange={onChange}
        />
      ))}
      {takesFiles ? (
        <DropZone
          pipeline={pipeline}
          patterns={[...patterns, ...markers]}
          isPaused={state === 'paused'}
          isGathered={kind === 'gathered files'}
          onArrival={onChange}
          isLocked={locked !== undefined}
        />
      ) : null}
      {asked === 'pause' ? (
        <Pause pipeline={pipeline} {...(kind === 'stream' ? { kept: WAIT_IN_STREAM } : {})} onClose={close} />
      ) : null}
      {asked === 'resume' ? <Resume pipeline={pipeline} onClose={close} /> : null}
      {asked === 'start' ? <StartRun trigger={trigger} onClose={close} /> : null}
    </section>
  );
}

interface WaitingProps {
  readonly pipeline: string;
  /** one, many */
  readonly what: readonly [string, string];
  readonly waiting: TriggerShown['waiting'][number];
  readonly locked: string | undefined;
  readonly onChange: () => void;
}

function Waiting({ pipeline, what, waiting: { group, files, openedAt, lastAt }, locked, onChange }: WaitingProps) {
  const [problem, setProblem] = useState<Problem>();
  const load = () =>
    act('POST', path('/api/triggers', pipeline, 'waiting'), { group }).then(onChange, (error: unknown) =>
      setProblem(problemIn(error)),
    );
  return (
    <>
      <p>
        {plural(files, ...what)} {group === 'all' ? '' : `of ${group} `}
        {files === 1 ? 'waits' : 'wait'} since <Moment at={openedAt} />, the last came <Ago at={lastAt} />.{' '}
        <button type="button" class="small" disabled={locked !== undefined} title={locked} onClick={() => void load()}>
          Load now
        </button>
      </p>
      {problem === undefined ? null : <ErrorBox problem={problem} />}
    </>
  );
}

const In = ({ at }: { readonly at: string }) => (
  <span class="quiet">in {durationText(Math.max(0, Date.parse(at) - now.value))}</span>
);

function Starts({
  trigger: { pipeline, kind, patterns, markers, schedule, nextFires, upstream, stream, state },
}: {
  readonly trigger: TriggerShown;
}) {
  if (kind === 'schedule' && schedule)
    return (
      <>
        <p>
          By the schedule <code>{schedule.cron}</code> <span class="quiet">{schedule.timezone}</span>
        </p>
        {state === 'paused' ? null : (
          <ul class="fires plain-list" aria-label="Next fire times">
            {nextFires.map((at, index) => (
              <li key={at}>
                <Moment at={at} />
                {index === 0 ? <In at={at} /> : null}
              </li>
            ))}
          </ul>
        )}
      </>
    );
  if (kind === 'after')
    return (
      <p>
        When <a href={path('/pipelines', upstream ?? '')}>{upstream}</a> has published
      </p>
    );
  if (kind === 'stream')
    return (
      <p>
        Records of the stream{' '}
        <a class="mono" href={path('/pipelines', pipeline, 'stream')}>
          {stream}
        </a>
        ; what is staged of them is published together
      </p>
    );
  return (
    <p>
      {kind === 'gathered files' ? 'Files are gathered: ' : 'Each file that lands: '}
      {patterns.map((pattern) => (
        <code key={pattern}>{pattern} </code>
      ))}
      {markers.length === 0 ? null : (
        <>
          ; whole when there is{' '}
          {markers.map((marker) => (
            <code key={marker}>{marker} </code>
          ))}
        </>
      )}
    </p>
  );
}
