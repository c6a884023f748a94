/** The files that the run loads, in the versions that it reads. */
import type { RunFile, RunFiles } from '../../../types/run';
import { Raw } from '../../parts/raw';
import { ErrorBox, Loading } from '../../parts/states';
import { Table } from '../../parts/table';
import { plural } from '../../parts/text';
import { useApi } from '../../shell/api';

export function Files({ api }: { readonly api: string }) {
  const { data, error, reload } = useApi<RunFiles>(`${api}/files`);
  if (data === undefined) return error === undefined ? <Loading /> : <ErrorBox problem={error} onRetry={reload} />;
  const { files, list } = data;
  return (
    <>
      {list === undefined ? null : (
        <p class="quiet">
          They were gathered; the list of all of them is <Raw text={list} />.
        </p>
      )}
      {files.length === 0 ? null : (
        <Table<RunFile>
          label="Files of the run"
          columns={[
            { title: 'File', isHeader: true, cell: ({ key }) => <Raw text={key} /> },
            { title: 'In', cell: ({ bucket }) => <span class="mono">{bucket}</span> },
            { title: 'Version', cell: ({ versionId }) => <span class="mono">{versionId ?? 'as it is'}</span> },
            {
              title: 'As it was read',
              cell: ({ key, number }) => (
                <a href={`${api}/files/${number}`} download>
                  Save<span class="hidden"> {key}</span>
                </a>
              ),
            },
          ]}
          rows={files}
          keyOf={({ number }) => String(number)}
          asCards
        />
      )}
      {data.more > 0 ? <p class="quiet">And {plural(data.more, 'other')}.</p> : null}
    </>
  );
}
