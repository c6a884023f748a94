/** Records of a stream as they were staged: columns may be paths into them, and members beside their own say where they were. */

import type { ContractColumn } from '../../../lib/tasks/common';
import { STAGED_MEMBERS } from '../../../lib/tasks/stream';
import { type Path, parsePath } from '../rows/paths';
import type { Judged, StreamPlace } from './judged';
import { matches } from './match-header';
import { elementsOf, membersOf } from './read-members';

type RawMembers = ReadonlyMap<string, string>;

const OWN: ReadonlySet<string> = new Set(Object.values(STAGED_MEMBERS));

export class StagedRecords {
  /** `login.uuid`, by what the contract calls it */
  private readonly paths: readonly (readonly [from: string, path: Path])[];
  /** members that paths go into, and no column has as they are */
  private readonly used: ReadonlySet<string>;
  private readonly wanted: ReadonlySet<string>;

  constructor(contract: readonly ContractColumn[]) {
    this.paths = contract.flatMap(({ from }) => {
      const path = from === undefined ? undefined : parsePath(from);
      return path && path.length > 1 ? [[from!, path] as const] : [];
    });
    const direct = new Set(contract.map(({ name, from }) => from ?? name));
    this.used = new Set(this.paths.map(([, path]) => String(path[0])).filter((root) => !direct.has(root)));
    this.wanted = new Set([...OWN].filter((name) => contract.some((column) => matches(name, column))));
  }

  judge(text: string, members: RawMembers, judgeMembers: (members: RawMembers) => Judged): Judged {
    const rejected = members.get(STAGED_MEMBERS.rejected);
    const judged: Judged =
      rejected === undefined ? this.judgeFlat(members, judgeMembers) : { column: null, reason: textOf(rejected) };
    if ('values' in judged) return judged;
    const data = members.get(STAGED_MEMBERS.data);
    return { ...judged, ...placeOf(members), raw: data === undefined ? withoutOwn(text) : textOf(data) };
  }

  private judgeFlat(members: RawMembers, judgeMembers: (members: RawMembers) => Judged): Judged {
    const flat = this.flatten(members);
    return 'reason' in flat ? { column: null, reason: flat.reason } : judgeMembers(flat.members);
  }

  /** `login.uuid` becomes a member of that name; one that has the name itself goes first. */
  private flatten(members: RawMembers): { readonly members: RawMembers } | { readonly reason: string } {
    const flat = new Map<string, string>();
    for (const [name, raw] of members) {
      if (!this.used.has(name) && (!OWN.has(name) || this.wanted.has(name))) flat.set(name, raw);
    }
    const opened = new Map<string, ReturnType<typeof membersOf>>();
    for (const [from, path] of this.paths) {
      if (members.has(from)) continue;
      let raw = members.get(String(path[0]));
      for (let depth = 1; depth < path.length && raw !== undefined; depth++) {
        const step = path[depth]!;
        if (raw.startsWith('[')) {
          raw = elementsOf(raw)[Number(step)];
        } else if (raw.startsWith('{')) {
          const inner = opened.get(raw) ?? membersOf(raw);
          opened.set(raw, inner);
          if ('reason' in inner) return inner;
          raw = inner.members.get(String(step));
        } else {
          raw = undefined;
        }
      }
      if (raw !== undefined) flat.set(from, raw);
    }
    return { members: flat };
  }
}

const textOf = (raw: string): string => String(JSON.parse(raw));

function placeOf(members: RawMembers): { readonly place?: StreamPlace } {
  const shard = members.get(STAGED_MEMBERS.shard);
  const sequence = members.get(STAGED_MEMBERS.sequence);
  return shard === undefined || sequence === undefined
    ? {}
    : { place: { shard: textOf(shard), sequence: textOf(sequence) } };
}

const FIRST_OWN = `"${STAGED_MEMBERS.shard}":`;

/** The record as it came: those of Stepwell stand behind its own. */
function withoutOwn(text: string): string {
  const at = text.lastIndexOf(FIRST_OWN);
  return at < 0 ? text : `${text.slice(0, at).replace(/,$/, '')}}`;
}
