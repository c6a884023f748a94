/** A state machine's definition as a graph: what the page draws, and what a history's events are matched to. */

export type StateType = 'Task' | 'Pass' | 'Choice' | 'Wait' | 'Succeed' | 'Fail' | 'Parallel' | 'Map';

export interface GraphNode {
  /** the state's name, which is the only one in the whole definition */
  readonly id: string;
  readonly type: StateType;
  /** of the Parallel or Map state around it */
  readonly parent?: string;
  /** of the Parallel state around it */
  readonly branch?: number;
  /** a Map whose items are executions of their own */
  readonly distributed?: true;
  /** the first of its machine, branch or item */
  readonly first?: true;
  readonly comment?: string;
  /** `lambda:invoke`, `states:startExecution.sync`: what a task calls */
  readonly calls?: string;
  /** how often the service tries it again at most, whatever the error */
  readonly retries?: number;
}

export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  /** `catch`: taken when it fails; `otherwise`: of a Choice, where no rule holds */
  readonly kind: 'next' | 'choice' | 'otherwise' | 'catch';
}

export interface Graph {
  /** each after the one that it lies in */
  readonly nodes: readonly GraphNode[];
  /** each between two nodes of the same machine, branch or item */
  readonly edges: readonly GraphEdge[];
}
