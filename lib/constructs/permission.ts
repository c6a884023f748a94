/** One statement of a role's policy. */
export interface Permission {
  readonly statement: {
    readonly actions: string[];
    readonly resources: string[];
    readonly conditions?: Record<string, Record<string, unknown>>;
  };
  /** why a resource has a `*`; the cdk-nag test demands it where one has */
  readonly wildcard?: string;
}
