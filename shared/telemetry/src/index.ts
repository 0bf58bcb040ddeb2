export { type EventFields, type EventName, eventsTable } from './events-table';
export { createLog, type Log, type LogLevel, type LogOptions } from './log';
export { createMetrics, type Metrics } from './metrics';
export { metricsDocument } from './metrics-document';
export { type MetricName, metricsTable } from './metrics-table';
