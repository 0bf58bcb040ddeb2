export { type EventFields, type EventName, eventsTable } from './events-table';
export { exposition, expositionType, type GaugeReadings } from './exposition';
export { added, counterField, histogramIn, type Observed, parseField } from './fields';
export { createLog, type Log, type LogLevel, type LogOptions } from './log';
export { createMetrics, type Metrics } from './metrics';
export { exposedName, type LabelOf, type MetricName, metricsTable, type NameOf, rowOf } from './metrics-table';
export { observations, quantile } from './quantile';
