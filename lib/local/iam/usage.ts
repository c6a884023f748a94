/** What each allow statement of a role was used for, kept in the state folder over restarts. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { AccessRequest } from '../service';
import type { Match } from './policy';

export interface Use {
  readonly role: string;
  /** `<policy>#<Sid, or position>` */
  readonly statement: string;
  /** the patterns of the statement that matched; none for NotAction, NotResource */
  readonly action?: string;
  readonly resource?: string;
  readonly times: number;
  /** one action and resource that it was used for */
  readonly example: { readonly action: string; readonly resource: string };
}

/** The file's content. */
export interface Usage {
  readonly uses: readonly Use[];
  /** the actions that the services of this cloud ask IAM about */
  readonly askable: readonly string[];
}

/** All is written each time, and in the way of everything else. */
const FLUSH_AFTER_MS = 2_000;

export class UsageLog {
  private readonly uses = new Map<string, { -readonly [K in keyof Use]: Use[K] }>();
  private readonly askable = new Set<string>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly file?: string) {
    if (file === undefined || !existsSync(file)) return;
    for (const use of readUsage(file).uses) this.uses.set(keyOf(use.role, use.statement, use), { ...use });
  }

  /** What can be asked here at all: a grant of anything else cannot be used. */
  canAsk(actions: Iterable<string>): void {
    for (const action of actions) this.askable.add(action);
    this.save();
  }

  /** A look-up and an addition: it is in the way of every call. */
  note(role: string, statement: string, match: Match, { action, resource }: AccessRequest): void {
    const key = keyOf(role, statement, match);
    const known = this.uses.get(key);
    if (known === undefined) this.uses.set(key, { role, statement, ...match, times: 1, example: { action, resource } });
    else known.times += 1;
    this.askable.add(action);
    this.save();
  }

  all(): readonly Use[] {
    return [...this.uses.values()];
  }

  /** Writes what has been used. It is written by itself, too, soon after each use. */
  flush(): void {
    if (this.timer === undefined || this.file === undefined) return;
    clearTimeout(this.timer);
    this.timer = undefined;
    mkdirSync(dirname(this.file), { recursive: true });
    writeFileSync(
      `${this.file}.tmp`,
      JSON.stringify({ uses: this.all(), askable: [...this.askable].sort() }, undefined, 1),
    );
    renameSync(`${this.file}.tmp`, this.file);
  }

  private save(): void {
    if (this.file !== undefined) this.timer ??= setTimeout(() => this.flush(), FLUSH_AFTER_MS).unref();
  }
}

/** What a cloud has written; nothing where none was. */
export function readUsage(file: string): Usage {
  if (!existsSync(file)) return { uses: [], askable: [] };
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Usage;
  } catch (cause) {
    throw new Error(`${file} cannot be read: remove it, and what was used is counted anew.`, { cause });
  }
}

const keyOf = (role: string, statement: string, { action = '', resource = '' }: Match) =>
  `${role}\n${statement}\n${action}\n${resource}`;
