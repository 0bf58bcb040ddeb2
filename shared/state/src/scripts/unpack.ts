import { Unpackr } from 'msgpackr';

/** Reads what scripts answer and publish; times in ms fit a number. */
export const unpackr = new Unpackr({ useRecords: false, int64AsType: 'number' });
