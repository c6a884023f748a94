/** In which order the versions of an object arrived. */

interface Arrived {
  readonly sequencer?: string | undefined;
  readonly lastModified: string;
}

const SEQUENCER_DIGITS = 32;

/** `_arrival` in the targets: text whose order is the order of arrival. */
export function arrivalOf({ lastModified, sequencer = '' }: Arrived): string {
  return `${lastModified}#${sequencer.toUpperCase().padStart(SEQUENCER_DIGITS, '0')}`;
}

/**
 * Whether `one` arrived before `other`, of the same key. S3's sequencers are hexadecimal numbers of varying length; only events
 * carry them, so an object that a person named is compared by its time. What cannot be told apart is not "before".
 */
export function arrivedBefore(one: Arrived, other: Arrived): boolean {
  if (one.sequencer && other.sequencer) {
    const digits = Math.max(one.sequencer.length, other.sequencer.length);
    return one.sequencer.toUpperCase().padStart(digits, '0') < other.sequencer.toUpperCase().padStart(digits, '0');
  }
  return one.lastModified < other.lastModified;
}
