export { loadUws, type Uws } from './load-uws';
