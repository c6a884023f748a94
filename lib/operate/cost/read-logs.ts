/** All that a pipeline's functions have logged in a time, into a meter. */
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { Meter } from '../../cost/read-log';
import type { Connection } from '../connection';
import { logsOf } from '../log-lines';
import { limitsOf } from '../rate-limit';

const TOLD_EVERY_MS = 5000;

/**
 * A page has up to a megabyte. Every event is read: what was taken in is billed by its bytes.
 *
 * @param told how many bytes have been read, every few seconds
 */
export async function readLogs(
  connection: Connection,
  pipeline: string,
  { from, to, told }: { readonly from: Date; readonly to: Date; readonly told?: (bytes: number) => void },
): Promise<Meter> {
  const client = new CloudWatchLogsClient(connection.client);
  const limit = limitsOf(connection).logs;
  const meter = new Meter();
  const groups = await logsOf(connection).groupsOf(pipeline);
  let toldAt = Date.now();
  const readGroup = async (logGroupName: string): Promise<void> => {
    let nextToken: string | undefined;
    do {
      const token = nextToken;
      const page = await limit(() =>
        client.send(
          new FilterLogEventsCommand({
            logGroupName,
            startTime: from.getTime(),
            endTime: to.getTime(),
            nextToken: token,
          }),
        ),
      );
      for (const { timestamp = 0, message = '' } of page.events ?? []) meter.add({ timestamp, message });
      nextToken = page.nextToken;
      if (Date.now() - toldAt > TOLD_EVERY_MS) {
        toldAt = Date.now();
        told?.(meter.bytes);
      }
    } while (nextToken !== undefined);
  };
  await Promise.all(groups.map(readGroup));
  return meter;
}
