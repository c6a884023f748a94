/** The mailbox of the local cloud: what would have been sent. */
import type { Mailbox, MailShown, MailSummary } from '../../../types/watch';
import { Raw } from '../../parts/raw';
import { Empty, ErrorBox, Loading } from '../../parts/states';
import { Table } from '../../parts/table';
import { countText } from '../../parts/text';
import { Moment } from '../../parts/time';
import { useApi } from '../../shell/api';
import { useLive } from '../../shell/live';
import { path } from '../../shell/location';
import type { ViewProps } from '../../views';

export default function MailView({ params }: ViewProps) {
  const { data, error, reload } = useLive<Mailbox>('mail', '/api/mail');
  const { id } = params;
  return (
    <>
      <div class="title">
        <h1>Mailbox</h1>
        {data === undefined ? null : <span class="quiet mono">{data.folder}</span>}
      </div>
      {data === undefined ? (
        error === undefined ? (
          <Loading />
        ) : (
          <ErrorBox problem={error} onRetry={reload} />
        )
      ) : data.mails.length === 0 ? (
        <Empty title="No mail yet">
          What SNS would send lies here: of a run that fails, of bad rows, of alarms, to the addresses of each
          pipeline's <code>alerts</code>.
        </Empty>
      ) : (
        <div class={`mail${id === undefined ? '' : ' mail-open'}`}>
          <Table<MailSummary>
            label="Mails"
            columns={[
              {
                title: 'Subject',
                isHeader: true,
                cell: (mail) => (
                  <a href={path('/mail', mail.id)} aria-current={mail.id === id ? 'page' : undefined}>
                    <Raw text={mail.subject || '(none)'} />
                  </a>
                ),
              },
              { title: 'To', cell: ({ to }) => <Raw text={to} /> },
              { title: 'Sent', cell: ({ date }) => <Moment at={date} /> },
            ]}
            rows={data.mails}
            keyOf={(mail) => mail.id}
            isMarked={(mail) => mail.id === id}
            asCards
          />
          {id === undefined ? null : <One id={id} />}
          {data.total > data.mails.length ? (
            <p class="quiet">
              The latest {countText(data.mails.length)} of {countText(data.total)}.
            </p>
          ) : null}
        </div>
      )}
    </>
  );
}

function One({ id }: { readonly id: string }) {
  const { data, error, reload } = useApi<MailShown>(path('/api/mail', id));
  if (data === undefined) return error === undefined ? <Loading /> : <ErrorBox problem={error} onRetry={reload} />;
  return (
    <article class="letter panel" aria-label="Mail">
      <h2>
        <Raw text={data.subject} />
      </h2>
      <p class="quiet">
        From <Raw text={data.from} /> to <Raw text={data.to} />, <Moment at={data.date} />
      </p>
      <pre>
        <Raw text={data.text} />
      </pre>
      {data.isCut ? <p class="quiet">It is longer: the file has all of it.</p> : null}
    </article>
  );
}
