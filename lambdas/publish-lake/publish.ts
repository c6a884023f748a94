/**
 * Makes staged partitions the table's: each partition's location in the Glue catalog is swapped, which is atomic for a reader
 * of that partition. A ledger item for each load says what is published, so that a second or late attempt changes nothing.
 */
import { type DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { GlueClient } from '@aws-sdk/client-glue';
import type { LakeSink, Run } from '../../lib/tasks/common';
import type { Published } from '../../lib/tasks/publish';
import { addColumns, GlueTable } from './glue-table';
import type { StagedLake } from './staged-lake';

export interface PublishEnvironment {
  readonly glue: GlueClient;
  readonly dynamoDb: DynamoDBClient;
  readonly ledgerTable: string;
  readonly lakeBucket: string;
  /** ISO 8601 */
  readonly now: string;
}

export async function publishLake(
  run: Run,
  sink: LakeSink,
  staged: StagedLake,
  environment: PublishEnvironment,
): Promise<Published> {
  const ledger = new LoadLedger(run, sink, environment);
  const published = await ledger.published();
  if (published) return { sink: sink.id, rows: published.rows, changed: false };

  const { glue, lakeBucket } = environment;
  const table = await GlueTable.read(glue, sink.database, sink.table);
  if (sink.evolve) await addColumns(table, staged.columns);
  const locations = new Map(
    staged.partitions.map(({ values, prefix }) => [
      JSON.stringify(values),
      { values, location: `s3://${lakeBucket}/${prefix}` },
    ]),
  );
  if (sink.write.mode === 'replace' && sink.partitionBy.length === 0) {
    const location = staged.partitions[0]
      ? `s3://${lakeBucket}/${staged.partitions[0].prefix}`
      : `s3://${lakeBucket}/${sink.database}/${sink.table}/g${run.generation}-${run.runId}-empty/`;
    await table.relocate(location);
  } else {
    await table.putPartitions([...locations.values()]);
    // What an earlier generation of this load, or for `replace` any earlier load, had and this one does not.
    const earlier = await table.partitions(sink.write.mode === 'append' ? `_load_id = '${run.loadId}'` : undefined);
    await table.deletePartitions(
      earlier.filter(
        (values) =>
          !locations.has(JSON.stringify(values)) && (sink.write.mode !== 'append' || values.at(-1) === run.loadId),
      ),
    );
  }
  await ledger.record(staged.rows);
  return { sink: sink.id, rows: staged.rows, changed: true };
}

/**
 * One item a load, and for `replace`, where a later load takes the place of an earlier one, one item a table.
 */
class LoadLedger {
  private readonly key: { pk: { S: string }; sk: { S: string } };
  /** Sorts loads that compete for the item: for one load by generation, for a table by arrival first. */
  private readonly rank: string;

  constructor(
    private readonly run: Run,
    sink: LakeSink,
    private readonly environment: PublishEnvironment,
  ) {
    const replace = sink.write.mode === 'replace';
    const generation = String(run.generation).padStart(6, '0');
    this.key = {
      pk: { S: `load#${run.pipeline}#${sink.database}.${sink.table}` },
      sk: { S: replace ? 'current' : run.loadKey },
    };
    this.rank = replace ? `${run.arrival}#${run.loadId}#${generation}` : generation;
  }

  /** The load that is published already and is not to be replaced by this one. */
  async published(): Promise<{ rows: number } | undefined> {
    const { dynamoDb, ledgerTable } = this.environment;
    const { Item } = await dynamoDb.send(
      new GetItemCommand({ TableName: ledgerTable, Key: this.key, ConsistentRead: true }),
    );
    return Item?.rank?.S !== undefined && Item.rank.S >= this.rank ? { rows: Number(Item.rows?.N ?? 0) } : undefined;
  }

  async record(rows: number): Promise<void> {
    const { dynamoDb, ledgerTable, now } = this.environment;
    try {
      await dynamoDb.send(
        new PutItemCommand({
          TableName: ledgerTable,
          Item: {
            ...this.key,
            rank: { S: this.rank },
            generation: { N: String(this.run.generation) },
            runId: { S: this.run.runId },
            rows: { N: String(rows) },
            publishedAt: { S: now },
          },
          ConditionExpression: 'attribute_not_exists(pk) OR #rank <= :rank',
          ExpressionAttributeNames: { '#rank': 'rank' },
          ExpressionAttributeValues: { ':rank': { S: this.rank } },
        }),
      );
    } catch (error) {
      // A later load was published meanwhile, and its row stays.
      if ((error as Error).name !== 'ConditionalCheckFailedException') throw error;
    }
  }
}
