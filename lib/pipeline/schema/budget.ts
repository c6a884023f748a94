/** What a pipeline may cost. */
import * as z from 'zod';
import { say } from './common';

const MOST = 1_000_000;
const rule = 'a budget is in US dollars a month, more than 0';
const remedy = 'Use e.g. budget: { monthly: 20 }.';

export const budget = z.strictObject(
  {
    monthly: z.number(say(rule, remedy)).gt(0, say(rule, remedy)).max(MOST, say('it is a million at the most', remedy)),
  },
  say('it has a member monthly, in US dollars', remedy),
);
