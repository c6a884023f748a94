import { type Hidden, withholdBodies } from '../../../lambdas/extract-http/explain';
import { readAnswer } from '../../../lambdas/extract-http/read-answer';
import type { Answer, TryAgain } from '../../../lambdas/extract-http/request';

const answer = (body: string): Answer =>
  ({
    shownUrl: 'https://api.example.com/people',
    status: 200,
    headers: new Headers({ 'content-type': 'application/json' }),
    body: Buffer.from(body),
  }) as unknown as Answer;

/** All that a log would have of the error. */
function told(body: string, hidden: Hidden): string {
  try {
    readAnswer(answer(body), { rows: 'items', members: new Set(['email']), hidden });
    return '';
  } catch (error) {
    const { message, cause, final } = error as TryAgain;
    const last = final as Error | undefined;
    return [message, cause, last?.message, last?.cause].map(String).join('\n');
  }
}

test.each([
  ['JSON that breaks off', '{"items":[{"email":"ann@example.com"},{"em'],
  ['JSON with a mistake', '{"email": ann@example.com}'],
  ['a page', '<html>ann@example.com</html>'],
  ['text', 'ann@example.com'],
  ['an error in place of rows', '{"error":"no ann@example.com"}'],
])('of a source with personal data no answer is quoted: %s', (_, body) => {
  const hidden: Hidden = new Set();
  expect(told(body, hidden)).toContain('ann@');

  withholdBodies(hidden);

  expect(told(body, hidden)).toContain('personal data');
  expect(told(body, hidden)).not.toContain('ann@');
});
