import { setTimeout as sleep } from 'node:timers/promises';

const ATTEMPTS = 5;

/** Puts the answer to CloudFormation's presigned URL, whose signature knows no Content-Type. */
export async function putAnswer(url: string, body: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const response = await fetch(url, { method: 'PUT', headers: { 'content-type': '' }, body: Buffer.from(body) });
      if (response.ok) return;
      throw new Error(`CloudFormation did not take the answer: HTTP ${response.status}`);
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
      await sleep(200 * 2 ** attempt);
    }
  }
}
