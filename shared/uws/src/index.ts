export { loadUws, type Uws } from './load-uws';
export { assertKnownBuild, sha256Of } from './native-builds';
