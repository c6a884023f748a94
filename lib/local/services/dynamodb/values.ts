/** The wire writes binary as base64 and times as seconds; SDK-shaped input and output hold bytes and dates. Pure. */

export const toWire = (value: unknown): unknown => {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (value instanceof Date) return value.getTime() / 1000;
  if (Array.isArray(value)) return value.map(toWire);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, toWire(child)]));
};

export const fromWire = (value: unknown, name = ''): unknown => {
  if (Array.isArray(value)) return value.map((element) => fromWire(element, name));
  if (typeof value === 'number' && name.endsWith('DateTime')) return new Date(value * 1000);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => {
      // An attribute named B holds an object, so text under this key can only be a binary value.
      if (key === 'B' && typeof child === 'string') return [key, bytes(child)];
      if (key === 'BS' && Array.isArray(child)) return [key, child.map(bytes)];
      return [key, fromWire(child, key)];
    }),
  );
};

const bytes = (base64: string) => new Uint8Array(Buffer.from(base64, 'base64'));
