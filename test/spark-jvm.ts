/** A JVM that lives for seconds spends most of them on compiling itself: without its second compiler a job takes half the processor time. */
export const SHORT_LIVED = '-XX:TieredStopAtLevel=1 -XX:+UseSerialGC';

/** Each JVM that this process starts, and those that they start, read it. */
export function useShortLivedJvms(): void {
  process.env.JAVA_TOOL_OPTIONS ??= SHORT_LIVED;
}
