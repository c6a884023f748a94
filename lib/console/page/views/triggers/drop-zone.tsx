/** Takes files by drag and drop, or by choosing them; follows each to the run that it starts. */
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import type { Claimed, Dropped } from '../../../types/triggers';
import { Raw } from '../../parts/raw';
import { StatusIcon } from '../../parts/status';
import { bytesText } from '../../parts/text';
import { act, get, problemIn } from '../../shell/api';
import { path } from '../../shell/location';

interface ZoneProps {
  readonly pipeline: string;
  readonly patterns: readonly string[];
  readonly isPaused: boolean;
  /** files are loaded together, when they are whole */
  readonly isGathered: boolean;
  /** a file has come */
  readonly onArrival: () => void;
  readonly isLocked: boolean;
}

interface Sent {
  readonly number: number;
  readonly name: string;
  readonly bytes: number;
  readonly state: 'sending' | 'waiting' | 'started' | 'gathered' | 'lies there' | 'refused';
  readonly key?: string;
  readonly runId?: string;
  readonly reason?: string;
}

const ASK_AGAIN_MS = 700;
/** What is loaded already starts a run that has nothing to do, and claims nothing: so it is told after so many. */
const SOON_ASKED = 30;
/** It may be late all the same. */
const LATE_ASK_MS = 5000;
const MOST_ASKED = 150;

export function DropZone({ pipeline, patterns, isPaused, isGathered, isLocked, onArrival }: ZoneProps) {
  const [isOver, setOver] = useState(false);
  const [sent, setSent] = useState<readonly Sent[]>([]);
  const isGone = useRef(false);
  const id = useId();
  const api = path('/api/triggers', pipeline);
  useEffect(
    () => () => {
      isGone.current = true;
    },
    [],
  );
  const change = (number: number, more: Partial<Sent>) =>
    setSent((all) => all.map((one) => (one.number === number ? { ...one, ...more } : one)));

  async function send(files: readonly File[]) {
    const first = sent.length;
    const added = files.map(
      ({ name, size }, index): Sent => ({ number: first + index, name, bytes: size, state: 'sending' }),
    );
    setSent((all) => [...all, ...added]);
    for (const [index, file] of files.entries()) await sendOne(first + index, file);
  }

  async function sendOne(number: number, file: File) {
    try {
      const query = new URLSearchParams({ name: file.name });
      // Without a type of its own: what is in it is nobody's business on the way.
      const body = file.slice(0, file.size, 'application/octet-stream');
      const { key, versionId } = await act<Dropped>('PUT', `${api}/files?${query}`, body);
      change(number, { key, state: isPaused ? 'lies there' : isGathered ? 'gathered' : 'waiting' });
      if (!isPaused && !isGathered) void follow(number, { key, versionId });
      onArrival();
    } catch (error) {
      const { message, remedy } = problemIn(error);
      change(number, { state: 'refused', reason: remedy === undefined ? message : `${message} ${remedy}` });
    }
  }

  async function follow(number: number, dropped: Dropped) {
    const query = new URLSearchParams({ ...dropped });
    for (let asked = 0; asked < MOST_ASKED && !isGone.current; asked++) {
      const { runId } = await get<Claimed>(`${api}/claim?${query}`).catch((): Claimed => ({}));
      if (runId !== undefined) {
        change(number, { state: 'started', runId });
        return;
      }
      if (asked === SOON_ASKED) change(number, { state: 'lies there' });
      await new Promise((resolve) => setTimeout(resolve, asked < SOON_ASKED ? ASK_AGAIN_MS : LATE_ASK_MS));
    }
  }

  return (
    <fieldset
      aria-label={`Files for ${pipeline}`}
      class={`drop-zone${isOver ? ' over' : ''}`}
      onDragOver={(event) => {
        if (isLocked) return;
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        if (!isLocked) void send([...(event.dataTransfer?.files ?? [])]);
      }}
    >
      <label for={id}>Drop files here, or choose them</label>{' '}
      <input
        id={id}
        type="file"
        multiple
        disabled={isLocked}
        onChange={({ currentTarget }) => {
          void send([...(currentTarget.files ?? [])]);
          currentTarget.value = '';
        }}
      />
      <span class="quiet">
        They are put where {pipeline} waits for {patterns.join(', ')}.
      </span>
      <ul class="plain-list" aria-live="polite">
        {sent.map((one) => (
          <li key={one.number}>
            <SentState pipeline={pipeline} sent={one} isPaused={isPaused} />
          </li>
        ))}
      </ul>
    </fieldset>
  );
}

function SentState({ pipeline, sent, isPaused }: { pipeline: string; sent: Sent; isPaused: boolean }) {
  const { name, bytes, state, key, runId, reason } = sent;
  const kind =
    state === 'refused'
      ? 'bad'
      : state === 'started'
        ? 'good'
        : state === 'lies there' || state === 'gathered'
          ? 'idle'
          : 'running';
  return (
    <span class="sent">
      <StatusIcon kind={kind} />
      <span>
        <Raw text={key ?? name} /> <span class="quiet">{bytesText(bytes)}</span>{' '}
        {state === 'sending' ? 'is sent …' : null}
        {state === 'waiting' ? 'is there: its run starts …' : null}
        {state === 'started' ? (
          <a href={path('/runs', pipeline, runId!)}>is loaded by run {runId!.slice(0, 8)}</a>
        ) : null}
        {state === 'gathered' ? 'is there, and is loaded with others when they are whole.' : null}
        {state === 'lies there' ? (
          isPaused ? (
            'is there, and is loaded when the pipeline is resumed.'
          ) : (
            <>
              is there. No run has taken it on: what is in it may be loaded already.{' '}
              <a href={path('/pipelines', pipeline)}>See the runs</a>
            </>
          )
        ) : null}
        {state === 'refused' ? <Raw text={`was not taken: ${reason ?? ''}`} /> : null}
      </span>
    </span>
  );
}
