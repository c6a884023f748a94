/** What doctor has found of one thing. */
import { sentenceFor } from '../../operate/errors';
import { oneLine, shorten } from '../../operate/text';

export interface Finding {
  readonly name: string;
  /** `fail`: something does not work. `warn`: it works, and somebody should look. */
  readonly status: 'ok' | 'warn' | 'fail';
  readonly text: string;
  /** a command, or what else to do */
  readonly remedy?: string;
}

export const ok = (name: string, text: string): Finding => ({ name, status: 'ok', text });
export const warn = (name: string, text: string, remedy: string): Finding => ({ name, status: 'warn', text, remedy });
export const fail = (name: string, text: string, remedy: string): Finding => ({ name, status: 'fail', text, remedy });

const LONGEST = 200;

/** A check that cannot be made is a finding itself: the others go on. */
export async function found(
  name: string,
  work: () => Promise<Finding | readonly Finding[]> | Finding | readonly Finding[],
): Promise<readonly Finding[]> {
  try {
    const findings = await work();
    return 'status' in findings ? [findings] : findings;
  } catch (error) {
    const text = shorten(oneLine(sentenceFor(error) ?? String(error)), LONGEST);
    return [warn(name, `could not be looked at: ${text}`, 'Mend that, then run doctor again.')];
  }
}
