/** Messages sealed for one peer, under keys that change: nothing is read twice, in another order, or by anybody else. */
export type {
  Posted,
  RotationAnswer,
  RotationFrames,
  RotationUpdate,
  SealedOutbox,
  SealedPost,
  StoreChanges,
} from './ports';
