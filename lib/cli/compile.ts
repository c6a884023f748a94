/** What the committed file holds: the compiled state machine, as Workflow Studio reads it. */
export const aslText = (definition: unknown): string => `${JSON.stringify(definition, null, 2)}\n`;
