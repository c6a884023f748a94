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

const FLUSH_AFTER_MS = 500;

export class UsageLog {
  private readonly uses = new Map<string, { -readonly [K in keyof Use]: Use[K] }>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly file?: string) {
    if (file === undefined || !existsSync(file)) return;
    for (const use of readUses(file)) this.uses.set(keyOf(use.role, use.statement, use), { ...use });
  }

  /** A look-up and an addition: it is in the way of every call. */
  note(role: string, statement: string, match: Match, { action, resource }: AccessRequest): void {
    const key = keyOf(role, statement, match);
    const known = this.uses.get(key);
    if (known === undefined) this.uses.set(key, { role, statement, ...match, times: 1, example: { action, resource } });
    else known.times += 1;
    if (this.file !== undefined) this.timer ??= setTimeout(() => this.flush(), FLUSH_AFTER_MS).unref();
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
    writeFileSync(`${this.file}.tmp`, JSON.stringify({ uses: this.all() }, undefined, 1));
    renameSync(`${this.file}.tmp`, this.file);
  }
}

/** What a cloud has written; nothing where none was. */
export function readUses(file: string): readonly Use[] {
  if (!existsSync(file)) return [];
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as { uses: Use[] }).uses;
  } catch (cause) {
    throw new Error(`${file} cannot be read: remove it, and what was used is counted anew.`, { cause });
  }
}

const keyOf = (role: string, statement: string, { action = '', resource = '' }: Match) =>
  `${role}\n${statement}\n${action}\n${resource}`;
