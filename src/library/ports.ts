/** The network as the library's functions take it: what `createFetcher` and `createCache` make. */
export type * from '../model/ports.ts';
export type * from '../model/staging-ports.ts';
export type * from '../model/http-exchange.ts';
export type { OpenedFile, Readable } from '../model/readable-file.ts';
export type * from '../model/registry-credentials.ts';
