/** Alarms, metrics and mails: what says that something is wrong. */

export interface AlarmShown {
  readonly name: string;
  /** absent: of the foundation, or of all pipelines */
  readonly pipeline?: string;
  readonly state: string;
  readonly since?: string;
  readonly reason?: string;
  readonly description?: string;
}

export interface AlarmChange {
  readonly name: string;
  readonly at: string;
  readonly from: string;
  readonly to: string;
  readonly reason?: string;
}

export interface AlarmsShown {
  /** what is in ALARM first */
  readonly alarms: readonly AlarmShown[];
  /** the latest first */
  readonly history: readonly AlarmChange[];
}

export interface Chart {
  readonly id: string;
  readonly title: string;
  readonly unit: 'count' | 'seconds' | 'milliseconds' | 'percent';
  /** columns for what happens at times, lines for what has a level */
  readonly kind: 'columns' | 'lines';
  /** seconds since 1970 */
  readonly times: readonly number[];
  /** null: nothing was measured then */
  readonly series: readonly { readonly label: string; readonly values: readonly (number | null)[] }[];
}

export interface MetricsShown {
  readonly pipeline: string;
  readonly from: string;
  readonly to: string;
  readonly periodSeconds: number;
  readonly charts: readonly Chart[];
}

export interface MailSummary {
  /** as `/mail/:id` has it */
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  readonly date: string;
}

export interface Mailbox {
  /** the latest first */
  readonly mails: readonly MailSummary[];
  readonly total: number;
  readonly folder: string;
}

export interface MailShown extends MailSummary {
  readonly from: string;
  readonly text: string;
  readonly isCut: boolean;
}
