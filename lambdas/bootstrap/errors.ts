/** The deploy fails with this message, so it says what to do. */
export class DatabaseRefused extends Error {
  override name = 'DatabaseRefused';
}
