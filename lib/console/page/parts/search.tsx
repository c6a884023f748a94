import { setQuery } from '../shell/location';

interface SearchProps {
  /** what is searched for, as a screen reader says it */
  readonly label: string;
  readonly placeholder: string;
  readonly value: string;
}

/** Narrows what a view lists: `filter` of its address. `/` leads to it. */
export const Search = ({ label, placeholder, value }: SearchProps) => (
  <input
    type="search"
    placeholder={placeholder}
    aria-label={label}
    value={value}
    onInput={({ currentTarget }) => setQuery({ filter: currentTarget.value }, true)}
  />
);
