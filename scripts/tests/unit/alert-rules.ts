/** Reads deploy/prometheus/alerts.yml, which keeps to a form that lines alone tell; throws for any line that does not. */

export type Alert = {
  readonly name: string;
  readonly expr: string;
  readonly for: string;
  readonly severity: string;
  readonly summary: string;
  readonly runbookUrl: string;
};

type Fields = Map<string, string>;

export function readAlerts(text: string): Alert[] {
  const alerts: Fields[] = [];
  const lines = text.split('\n').filter((line) => !/^\s*(#.*)?$/.test(line));
  for (let line = lines.shift(); line !== undefined; line = lines.shift()) {
    const { begins, key, value } =
      /^ {6}(?<begins>- | {2}| {4})(?<key>[a-z_]+): (?<value>.+)$/.exec(line)?.groups ?? {};
    if (key === undefined || value === undefined) {
      if (!isFrame(line)) throw new Error(`alerts.yml has a line that is not understood: ${line}`);
      continue;
    }
    if (begins === '- ') alerts.push(new Map());
    alerts.at(-1)!.set(key, value === '|-' ? takeBlock(lines) : unquoted(value));
  }
  return alerts.map(alertOf);
}

function isFrame(line: string): boolean {
  return /^(groups:| {2}- name: [a-z-]+| {4}rules:| {8}(labels|annotations):)$/.test(line);
}

function takeBlock(lines: string[]): string {
  const end = lines.findIndex((line) => !line.startsWith(' '.repeat(10)));
  return lines
    .splice(0, end)
    .map((line) => line.trim())
    .join(' ');
}

function unquoted(value: string): string {
  return value.startsWith('"') ? (JSON.parse(value) as string) : value;
}

function alertOf(fields: Fields): Alert {
  const field = (key: string) => {
    const value = fields.get(key);
    if (value === undefined) throw new Error(`Alert ${fields.get('alert')} has no ${key}.`);
    return value;
  };
  return {
    name: field('alert'),
    expr: field('expr'),
    for: field('for'),
    severity: field('severity'),
    summary: field('summary'),
    runbookUrl: field('runbook_url'),
  };
}
