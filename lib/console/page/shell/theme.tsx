/** Light, dark, or as the system has it. Kept in a cookie, so that the server's document has it from the first paint. */
import { signal } from '@preact/signals';

const THEMES = ['system', 'light', 'dark'] as const;
type Theme = (typeof THEMES)[number];

const YEAR_S = 31_536_000;
const LOOKS: Readonly<Record<Theme, string>> = { system: '◐', light: '○', dark: '●' };

const theme = signal<Theme>(THEMES.find((one) => one === document.documentElement.dataset.theme) ?? 'system');

export function setTheme(next: Theme): void {
  theme.value = next;
  document.documentElement.dataset.theme = next;
  // biome-ignore lint/suspicious/noDocumentCookie: cookieStore wants a secure origin
  document.cookie = `stepwell-theme=${next}; Path=/; SameSite=Strict; Max-Age=${YEAR_S}`;
}

export const nextTheme = (): void => setTheme(THEMES[(THEMES.indexOf(theme.value) + 1) % THEMES.length]!);

export function ThemeButton() {
  const { value } = theme;
  return (
    <button
      type="button"
      class="plain theme"
      onClick={nextTheme}
      title={`Theme: ${value}`}
      aria-label={`Theme: ${value}`}
    >
      <span aria-hidden="true">{LOOKS[value]}</span>
    </button>
  );
}
