/** What is not stored (507), by the pressure. */
export const refusedAt = [
  'nothing',
  'what is for strange ids',
  'what is for ids that are not known',
  'what is for ids that are not known, and what is above 16 KiB',
  'everything',
] as const;
