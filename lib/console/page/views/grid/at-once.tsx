/** How many runs of a backfill there are at a time. */

/** As many as the server takes. */
const MOST_ACTIVE = 100;

interface AtOnceProps {
  readonly value: number;
  readonly onChange: (value: number) => void;
}

export const AtOnce = ({ value, onChange }: AtOnceProps) => (
  <label>
    Runs at a time
    <input
      type="number"
      min="1"
      max={MOST_ACTIVE}
      value={value}
      onInput={({ currentTarget }) => onChange(wholeIn(currentTarget, MOST_ACTIVE))}
    />
  </label>
);

/** From 1 to `most`, whatever was written. */
export const wholeIn = ({ valueAsNumber }: HTMLInputElement, most: number): number =>
  Math.max(1, Math.min(most, Math.trunc(valueAsNumber) || 1));
