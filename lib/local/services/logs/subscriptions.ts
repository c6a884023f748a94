/** Sends the lines that a group's subscription filters let through to functions, as CloudWatch Logs packs them. */
import { gzipSync } from 'node:zlib';
import type { CloudContext } from '../../service';
import { parseFilterPattern } from './filter-pattern';
import { type LogGroup, type LogLine, type LogStream, logGroupArn } from './state';

export function notifySubscribers(
  cloud: CloudContext,
  group: LogGroup,
  stream: LogStream,
  lines: readonly LogLine[],
): void {
  for (const { filterName, filterPattern, destinationArn } of group.subscriptionFilters ?? []) {
    const matches = parseFilterPattern(filterPattern);
    const logEvents = lines
      .filter(({ message }) => matches(message))
      .map(({ timestamp, message }, index) => ({
        id: `${timestamp}${String(index).padStart(8, '0')}`,
        timestamp,
        message,
      }));
    if (logEvents.length === 0) continue;
    const data = {
      messageType: 'DATA_MESSAGE',
      owner: cloud.account,
      logGroup: group.name,
      logStream: stream.name,
      subscriptionFilters: [filterName],
      logEvents,
    };
    const Payload = Buffer.from(
      JSON.stringify({ awslogs: { data: gzipSync(JSON.stringify(data)).toString('base64') } }),
    );
    const principal = {
      kind: 'service' as const,
      service: 'logs.amazonaws.com',
      sourceArn: `${logGroupArn(cloud, group.name)}:*`,
    };
    // Whoever writes a line does not wait for its readers.
    cloud
      .call(principal, 'lambda', 'Invoke', { FunctionName: destinationArn, InvocationType: 'Event', Payload })
      .catch((error) => cloud.log(`logs: ${destinationArn} did not get lines of ${group.name}: ${error.message}`));
  }
}
