/** The raw history, page by page. */
import type { Events as EventsAnswer } from '../../../types/run';
import { ErrorBox, Loading } from '../../parts/states';
import { countText } from '../../parts/text';
import { Moment } from '../../parts/time';
import { useApi } from '../../shell/api';
import { place, setQuery } from '../../shell/location';
import { TextBlock } from './texts';

const PAGE = 50;

/** `path` may have a query already; `digest` changes when there are more. */
export function Events({ path, digest }: { readonly path: string; readonly digest: string }) {
  const from = Math.max(0, Math.trunc(Number(place.value.query.get('events')))) || 0;
  const setFrom = (at: number) => setQuery({ events: at === 0 ? undefined : String(at) });
  const { data, error, reload } = useApi<EventsAnswer>(
    `${path}${path.includes('?') ? '&' : '?'}from=${from}&limit=${PAGE}`,
    digest,
  );
  if (data === undefined)
    return error === undefined ? (
      <Loading label="Reading the history" />
    ) : (
      <ErrorBox problem={error} onRetry={reload} />
    );
  const { events, total } = data;
  return (
    <div class="events">
      <div class="pager">
        <span>
          {total === 0
            ? 'No events'
            : `Events ${countText(from + 1)} to ${countText(from + events.length)} of ${countText(total)}`}
        </span>
        <button type="button" disabled={from === 0} onClick={() => setFrom(Math.max(0, from - PAGE))}>
          Earlier
        </button>
        <button type="button" disabled={from + PAGE >= total} onClick={() => setFrom(from + PAGE)}>
          Later
        </button>
        <button
          type="button"
          disabled={from + PAGE >= total}
          onClick={() => setFrom(Math.floor((total - 1) / PAGE) * PAGE)}
        >
          Last
        </button>
      </div>
      <ol>
        {events.map((event) => (
          <li key={event.id}>
            <details>
              <summary>
                <span class="event-id">{event.id}</span> <span class="event-type">{event.type}</span>{' '}
                <span class="quiet">{event.state ?? ''}</span> <Moment at={event.at} />
              </summary>
              <p class="quiet">After event {event.previous}</p>
              <TextBlock label={`Details of event ${event.id}`} text={event.details} />
            </details>
          </li>
        ))}
      </ol>
    </div>
  );
}
