/** The samples of a metric in Prometheus' text format, by their labels as written. */
export type Family = { type: string; samples: Map<string, number> };

const sampleForm = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{.*\})? (-?\d+(?:\.\d+)?(?:e[+-]?\d+)?|[+-]Inf|Na[nN])$/;
const labelsForm =
  /^\{(?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*")(?:,[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*")*\}$/;

/** Reads an exposition as strictly as its specification allows. @throws Error naming the line that is wrong */
export function parseStrictly(text: string): Map<string, Family> {
  if (!text.endsWith('\n')) throw new Error('the last line does not end');
  const families = new Map<string, Family>();
  let current = '';
  const lines = text.split('\n').slice(0, -1);
  for (const [i, line] of lines.entries()) {
    if (line === '') continue;
    const [, help] = /^# HELP (\S+) \S.*$/.exec(line) ?? [];
    const [, name, type] = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(line) ?? [];
    if (help !== undefined) {
      if (families.has(help)) throw new Error(`line ${i + 1}: ${help} comes twice`);
      current = help;
    } else if (name !== undefined) {
      if (name !== current || families.has(name)) throw new Error(`line ${i + 1}: a type out of place`);
      families.set(name, { type: type!, samples: new Map() });
    } else addSample(families.get(current), current, line, i + 1);
  }
  for (const [name, family] of families) checkFamily(name, family);
  return families;
}

function addSample(family: Family | undefined, name: string, line: string, at: number): void {
  const [, sample = '', labels = '', value = ''] = sampleForm.exec(line) ?? [];
  if (!family || sample === '') throw new Error(`line ${at}: no sample: ${line}`);
  if (labels !== '' && !labelsForm.test(labels)) throw new Error(`line ${at}: labels: ${line}`);
  const suffix = sample.slice(name.length);
  const allowed = family.type === 'histogram' ? ['_bucket', '_sum', '_count'] : [''];
  if (!sample.startsWith(name) || !allowed.includes(suffix)) throw new Error(`line ${at}: of another metric: ${line}`);
  if (family.samples.has(suffix + labels)) throw new Error(`line ${at}: twice: ${line}`);
  family.samples.set(suffix + labels, Number(value.replace('Inf', 'Infinity')));
}

function checkFamily(name: string, { type, samples }: Family): void {
  if (type === 'counter') {
    if (!name.endsWith('_total')) throw new Error(`${name}: a counter ends in _total`);
    for (const value of samples.values()) if (!(value >= 0)) throw new Error(`${name}: a counter of ${value}`);
  }
  if (type !== 'histogram') return;
  const upTo = new Map<string, number>();
  for (const [key, value] of samples) {
    if (!key.startsWith('_bucket')) continue;
    const group = key
      .replace('_bucket', '_count')
      .replace(/le="[^"]*",|,?le="[^"]*"/, '')
      .replace(/^_count\{\}$/, '_count');
    if (value < (upTo.get(group) ?? 0)) throw new Error(`${name}: ${key} is not cumulative`);
    upTo.set(group, value);
    if (key.includes('le="+Inf"') && samples.get(group) !== value) throw new Error(`${name}: ${group} is not +Inf's`);
  }
}
