/** Bare reading, which the HTTP extract is compared with: every page fetched and parsed, and nothing done with its rows. */
export async function handler({ url }: { readonly url: string }): Promise<{ rows: number }> {
  let rows = 0;
  for (let cursor: string | null = ''; cursor !== null; ) {
    const response = await fetch(cursor === '' ? url : `${url}?cursor=${cursor}`);
    const page = (await response.json()) as { data: unknown[]; next: string | null };
    rows += page.data.length;
    cursor = page.next;
  }
  return { rows };
}
