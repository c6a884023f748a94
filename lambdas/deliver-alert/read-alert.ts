import * as z from 'zod/mini';
import { type Alert, alert } from '../../lib/tasks/alert';

/** What SNS gives a function. */
export const snsEvent = z.object({
  Records: z.array(
    z.object({
      Sns: z.object({
        MessageId: z.string(),
        Subject: z.optional(z.nullable(z.string())),
        Message: z.string(),
      }),
    }),
  ),
});
export type SnsMessage = z.infer<typeof snsEvent>['Records'][number]['Sns'];

/** What CloudWatch publishes. */
const alarm = z.object({
  AlarmName: z.string(),
  AlarmDescription: z.optional(z.nullable(z.string())),
  NewStateValue: z.string(),
  NewStateReason: z.optional(z.string()),
  StateChangeTime: z.optional(z.string()),
  AlarmArn: z.optional(z.string()),
});

/** An alert as it was sent; an alarm as one; whatever else somebody has published there, as its text. */
export function readAlert(pipeline: string, { MessageId, Subject, Message }: SnsMessage): Alert {
  const document = parsed(Message);
  const sent = z.safeParse(alert, document);
  if (sent.success) return sent.data;
  const by = z.safeParse(alarm, document);
  if (by.success) return ofAlarm(pipeline, by.data);
  return {
    kind: 'alarm',
    severity: 'error',
    pipeline,
    title: Subject || `A message for those who look after ${pipeline}`,
    lines: Message.split('\n').filter((line) => line.trim() !== ''),
    dedupeKey: MessageId,
  };
}

function ofAlarm(pipeline: string, given: z.infer<typeof alarm>): Alert {
  const { AlarmName, AlarmDescription, NewStateValue, NewStateReason, StateChangeTime, AlarmArn } = given;
  const isOver = NewStateValue === 'OK';
  const region = AlarmArn?.split(':')[3];
  return {
    kind: 'alarm',
    severity: isOver ? 'info' : 'error',
    pipeline,
    title: `${pipeline}: the alarm ${AlarmName} ${isOver ? 'is over' : 'has gone off'}`,
    lines: [AlarmDescription, NewStateReason].filter((line): line is string => Boolean(line)),
    ...(region
      ? {
          link: `https://${region}.console.aws.amazon.com/cloudwatch/home?region=${region}#alarmsV2:alarm/${encodeURIComponent(AlarmName)}`,
        }
      : {}),
    dedupeKey: `${AlarmName}#${StateChangeTime ?? NewStateValue}`,
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
