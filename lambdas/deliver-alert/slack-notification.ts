import type { Alert } from '../../lib/tasks/alert';
import { fitting, SYMBOLS, shortened, slackText } from './chat-text';

/** What Amazon Q Developer in chat applications understands: its custom notification. */
export interface CustomNotification {
  readonly version: '1.0';
  readonly source: 'custom';
  readonly id: string;
  readonly content: {
    readonly textType: 'client-markdown';
    readonly title: string;
    readonly description: string;
    readonly nextSteps?: readonly string[];
    readonly keywords: readonly string[];
  };
  readonly metadata: {
    /** messages of one are kept together */
    readonly threadId: string;
    readonly summary: string;
    readonly eventType: string;
    readonly relatedResources?: readonly string[];
    readonly additionalContext: Readonly<Record<string, string>>;
  };
}

/** Below the limits of the schema: what is longer is not shown at all. */
const MOST = { title: 240, description: 4_000, step: 340, keyword: 70, thread: 100, summary: 300 } as const;

/** A run, its redrives and its recovery are one thread. */
export function customNotification(alert: Alert, id: string): CustomNotification {
  const { kind, severity, pipeline, runId, title, lines, command, link } = alert;
  const step = command === undefined ? undefined : `\`${slackText(command)}\``;
  // A command that is cut is none.
  const tooLong = step !== undefined && step.length > MOST.step;
  return {
    version: '1.0',
    source: 'custom',
    id,
    content: {
      textType: 'client-markdown',
      title: shortened(`${SYMBOLS[severity]} ${slackText(title)}`, MOST.title),
      description: fitting([...lines.map(slackText), ...(tooLong ? [step] : [])], MOST.description) || slackText(title),
      ...(step === undefined || tooLong ? {} : { nextSteps: [step] }),
      keywords: [pipeline, severity, kind].map((word) => word.slice(0, MOST.keyword)),
    },
    metadata: {
      threadId: `${pipeline}-${runId ?? kind}`.slice(0, MOST.thread),
      summary: shortened(title, MOST.summary),
      eventType: `stepwell-${kind}`,
      ...(link === undefined ? {} : { relatedResources: [link] }),
      additionalContext: { pipeline, kind, severity, ...(runId === undefined ? {} : { runId }) },
    },
  };
}
