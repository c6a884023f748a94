/** What is there of many answers when so much time is over: the others are on their way. @throws what the first that failed has thrown */
export async function settledWithin<T>(answers: readonly Promise<T>[], ms: number): Promise<(T | undefined)[]> {
  const found: (T | undefined)[] = answers.map(() => undefined);
  const all = Promise.all(
    answers.map(async (answer, index) => {
      found[index] = await answer;
    }),
  );
  let timer: NodeJS.Timeout | undefined;
  try {
    await Promise.race([
      all,
      new Promise<void>((resolve) => {
        timer = setTimeout(resolve, ms);
      }),
    ]);
  } finally {
    clearTimeout(timer);
    // One that fails when nobody waits any more is told when it is asked for again.
    all.catch(() => {});
  }
  return [...found];
}
