import { parse } from 'yaml';

export type Alert = {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly runbook_url: string };
};

type Rules = { readonly groups: readonly { readonly name: string; readonly rules: readonly Alert[] }[] };

/** The alerts of deploy/prometheus/alerts.yml. @throws YAMLParseError */
export function readAlerts(text: string): Alert[] {
  return (parse(text) as Rules).groups.flatMap(({ rules }) => rules);
}
