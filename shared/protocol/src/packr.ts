import { Packr } from 'msgpackr';

/** Plain MessagePack: no record extension, 64-bit integers as bigint. */
export const packr = new Packr({ useRecords: false, mapsAsObjects: true, int64AsType: 'bigint' });
