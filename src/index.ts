/**
 * The library's public surface: re-exports only. Each part is a sub-path of its own, for programs that want no more than
 * that.
 *
 * Verification functions take bytes, keys and the time to judge by, and do no I/O of their own; the factories of
 * `network`, `stage` and `resolve` make the ports that the others take.
 */
export * from './library/apt.ts';
export * from './library/checksums.ts';
export * from './library/network.ts';
export * from './library/openpgp.ts';
export * from './library/render.ts';
export * from './library/resolve.ts';
export * from './library/sigstore.ts';
export * from './library/stage.ts';
