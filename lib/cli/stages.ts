/** What `start` and the following verbs are at, one stage after another: redrawn in place in a terminal, plain lines elsewhere. */
import { Listr, ListrLogger, ProcessOutput } from 'listr2';

export interface Stage {
  /** What the stage is at, and details below it while it lasts. Only a terminal shows them. */
  show(title: string, details?: readonly string[]): void;
  /** One line for a log. A terminal leaves it out. */
  log(line: string): void;
}

export interface Stages {
  /** redrawn in place */
  readonly isLive: boolean;
  /** room for the details of a stage */
  room(): { readonly rows: number; readonly columns: number };
  /** `work` gives the title that stays. */
  run<T>(title: string, work: (stage: Stage) => Promise<Done<T>>): Promise<T>;
}

export interface Done<T> {
  readonly title: string;
  readonly value: T;
}

/** Progress goes to standard output, or to standard error where that holds something else. */
export function stagesOn(stream: NodeJS.WriteStream): Stages {
  return stream.isTTY && process.env.TERM !== 'dumb' && process.env.CI === undefined
    ? liveStages(stream)
    : plainStages(stream);
}

/** The title, the cursor's line, and stages above that should stay in sight. */
const ROWS_BESIDE = 8;
const INDENT = 4;

function liveStages(stream: NodeJS.WriteStream): Stages {
  return {
    isLive: true,
    room: () => ({
      rows: Math.max(3, (stream.rows || 24) - ROWS_BESIDE),
      columns: Math.max(40, (stream.columns || 80) - INDENT),
    }),
    async run(title, work) {
      let value: Awaited<ReturnType<typeof work>>['value'] | undefined;
      const tasks = new Listr(
        {
          title,
          task: async (_context, task) => {
            const done = await work({
              show: (text, details = []) => {
                task.title = [text, ...details].join('\n');
              },
              log: () => {},
            });
            task.title = done.title;
            value = done.value;
          },
        },
        {
          // Ctrl-C is the command's own business.
          registerSignalListeners: false,
          rendererOptions: {
            formatOutput: 'truncate',
            showErrorMessage: false,
            logger: new ListrLogger({ processOutput: new ProcessOutput(stream, process.stderr), useIcons: true }),
          },
        },
      );
      await tasks.run();
      return value as NonNullable<typeof value>;
    },
  };
}

function plainStages(stream: NodeJS.WriteStream): Stages {
  const say = (line: string) => stream.write(`${line}\n`);
  return {
    isLive: false,
    room: () => ({ rows: Number.POSITIVE_INFINITY, columns: 120 }),
    async run(title, work) {
      say(`${title} …`);
      const done = await work({ show: () => {}, log: (line) => say(`  ${line}`) });
      say(done.title);
      return done.value;
    },
  };
}
