/** What is done about drift: one word for all kinds of it, or one for each. */
import * as z from 'zod';
import { say } from './common';

const WORDS = ['fail', 'evolve', 'ignore', 'quarantine'];
const KINDS = ['newColumns', 'missingColumns', 'changedTypes'];

/** What makes no sense, and what does. */
const NONSENSE: Readonly<Record<string, readonly [rule: string, remedy: string]>> = {
  missingColumns: [
    'a missing column has nothing that could be added to the targets',
    "Use 'fail', 'ignore' (it is NULL then) or 'quarantine'.",
  ],
  changedTypes: [
    'models and targets are typed by the contract, so a type changes there',
    "Change the column's type in columns and deploy; until then use 'fail', 'ignore' (it is NULL then) or 'quarantine'.",
  ],
};

export const onDrift = z.unknown().superRefine((value, context) => {
  const add = (path: string[], input: unknown, message: string) =>
    context.addIssue({ code: 'custom', path, message, input });
  if (typeof value === 'string' && WORDS.includes(value)) return;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const rule = `onDrift is 'fail', 'evolve', 'ignore' or 'quarantine', or one of them for each of ${KINDS.join(', ')}`;
    add([], value, say(rule, "Use one of them, e.g. { newColumns: 'evolve', missingColumns: 'fail' }."));
    return;
  }
  if (Object.keys(value).length === 0) {
    add([], value, say('it names no kind of drift', "Name one, e.g. { newColumns: 'ignore' }; others fail."));
  }
  for (const [kind, action] of Object.entries(value)) {
    if (!KINDS.includes(kind))
      add([kind], action, say('there is no such kind of drift', `Known: ${KINDS.join(', ')}.`));
    else if (!WORDS.includes(action))
      add([kind], action, say("it is 'fail', 'evolve', 'ignore' or 'quarantine'", 'Use one of them.'));
    else if (action === 'evolve' && kind in NONSENSE) add([kind], action, say(...NONSENSE[kind]!));
  }
});
