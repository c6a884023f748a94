/** A header in any spelling is the column of this name: `Lineitem quantity` is `lineitem_quantity`. */
export const nameOf = (header: string): string =>
  header
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .toLowerCase();
