/** Writes staged rows into a table of Keyspaces, each on the condition that no newer version of it is there. */
import * as z from 'zod/mini';
import { keyspacesSink } from '../../lib/tasks/common';
import type { PublishKeyspacesInput, PublishKeyspacesOutput } from '../../lib/tasks/publish';
import type { Client } from '../shared/keyspaces/connect';
import { tellsDeletion } from '../shared/keyspaces/unfit';
import { readVersion } from '../shared/keyspaces/version';
import { type FoundRow, tableWriter } from '../shared/keyspaces/write-row';
import { type PublishStagedEnvironment, publishStaged, type RowWriter } from '../shared/publish-staged';
import { stagedItems } from '../shared/staged-items';
import type { RowTexts } from '../shared/unfit';

export interface PublishKeyspacesEnvironment extends PublishStagedEnvironment {
  readonly client: Client;
}

const stagedRows = z.extend(stagedItems, { sink: keyspacesSink });
type StagedRows = z.infer<typeof stagedRows>;

export const publishKeyspaces = (
  input: PublishKeyspacesInput,
  environment: PublishKeyspacesEnvironment,
): Promise<PublishKeyspacesOutput> =>
  publishStaged({ ...input, document: stagedRows, writer: (staged) => rowWriter(staged, environment) }, environment);

function rowWriter(
  { sink, run }: StagedRows,
  { client, now }: PublishKeyspacesEnvironment,
): RowWriter<string, FoundRow> {
  const table = tableWriter(client, sink, { now });
  const { arrival, loadId: load, generation, startedAt } = run;
  const isReplaced = (version: string | null): version is string => {
    if (version === null) return false;
    const theirs = readVersion(version);
    return sink.write.mode === 'replace'
      ? theirs.load !== load || theirs.generation !== generation
      : theirs.load === load && theirs.generation < generation;
  };
  return {
    async write(line) {
      const row = JSON.parse(line) as RowTexts;
      const { changed, attempts } = await table.write(row, { arrival, load, generation, startedAt });
      return { counts: changed && !tellsDeletion(row, sink), attempts };
    },
    async replaced(after) {
      const { rows, next } = await table.page(after);
      return { found: rows.filter(({ version }) => isReplaced(version)), next };
    },
    remove: ({ key, version }) => table.remove(key, version!),
  };
}
