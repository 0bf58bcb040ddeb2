export { type EventFields, type EventName, eventsTable } from './log/events-table';
export { createLog, type Log, type LogLevel, type LogOptions } from './log/log';
export { exposition, expositionType, type GaugeReadings } from './metrics/exposition';
export { added, countedIn, counterField, histogramIn, type Observed, parseField } from './metrics/fields';
export { createMetrics, type Metrics } from './metrics/metrics';
export { exposedName, type LabelOf, type MetricName, metricsTable, type NameOf, rowOf } from './metrics/metrics-table';
export { percentileOf } from './metrics/percentile';
export { observations, quantile } from './metrics/quantile';
