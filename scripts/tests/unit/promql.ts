/**
 * What a PromQL expression names, since no package in the tree reads PromQL. Whether it is PromQL at all, `promtool check rules`
 * tells.
 */

export type Selector = {
  /** A name or, from `{__name__=~"…"}`, a pattern of names. */
  readonly metric: string;
  /** Label to the values that it is compared with; those of `a|b` one by one. */
  readonly labels: ReadonlyMap<string, readonly string[]>;
};

export type Names = {
  readonly selectors: readonly Selector[];
  /** Labels of `by (…)`, `on (…)` and the like. */
  readonly grouping: readonly string[];
};

const keywords = new Set(['and', 'or', 'unless', 'bool', 'offset']);

export function namesIn(expression: string): Names {
  const grouping: string[] = [];
  const rest = expression
    .replace(/\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)/g, (_, labels: string) => {
      grouping.push(...labels.split(/[\s,]+/).filter(Boolean));
      return ' ';
    })
    .replace(/\[[^\]]*\]/g, ' ');
  const selectors: Selector[] = [];
  for (const match of rest.matchAll(/(?<![\w.:])([A-Za-z_:][\w:]*)(\s*\()?(?:\{([^}]*)\})?|\{([^}]*)\}/g)) {
    const [, name, call, matchers = '', ofPattern] = match;
    if (call !== undefined || (name !== undefined && keywords.has(name))) continue;
    const { __name__: [pattern = ''] = [], ...labels } = labelsIn(ofPattern ?? matchers);
    selectors.push({ metric: name ?? pattern, labels: new Map(Object.entries(labels)) });
  }
  return { selectors, grouping };
}

function labelsIn(matchers: string): Record<string, string[]> {
  const labels: Record<string, string[]> = {};
  for (const [, label = '', operator, value = ''] of matchers.matchAll(/(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"/g)) {
    labels[label] = operator?.endsWith('~') ? value.split('|') : [value];
  }
  return labels;
}
