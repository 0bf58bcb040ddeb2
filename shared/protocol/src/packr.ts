import { Packr, Unpackr } from 'msgpackr';

/** Plain MessagePack: no record extension, 64-bit integers as bigint. */
export const packr = new Packr({ useRecords: false, mapsAsObjects: true, int64AsType: 'bigint' });

/** Reads maps as `Map`, which keeps every key there can be; an object may not have a `__proto__`. */
export const mapUnpackr = new Unpackr({ useRecords: false, mapsAsObjects: false, int64AsType: 'bigint' });
