import { countText } from '../../parts/text';

/** `0`, `0.25`, `1,204` */
export const perSecondText = (value: number): string =>
  value === 0 ? '0' : value < 10 ? value.toFixed(2) : countText(Math.round(value));
